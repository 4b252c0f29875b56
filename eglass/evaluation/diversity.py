"""How different solutions are from one another."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor


def mean_pairwise(distances: Float[Tensor, "count count"]) -> float:
    """Return the mean over pairs of different solutions; NaN where there is only one."""
    count = len(distances)
    return float(distances.sum() / (count * (count - 1))) if count > 1 else float("nan")


def distinct_modes(distances: Float[Tensor, "count count"], apart: float = 0.1) -> int:
    """Return how many solutions are kept, each in turn kept if it is farther than `apart` from all
    that are kept already.
    """
    modes: list[int] = []
    for i in range(len(distances)):
        if bool((distances[i, modes] > apart).all()):
            modes.append(i)
    return len(modes)
