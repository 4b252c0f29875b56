"""What many solutions say together: what the measurement knows, and what the prior made up."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from eglass.errors import InputError


@dataclass(frozen=True)
class Consensus:
    """Mean and spread of some solutions, pixel by pixel.

    Attributes:
        mean: in [-1, 1].
        spread: standard deviation over the solutions of images in [0, 1], root mean square over
            colours: 0 where all agree, at most 0.5.
    """

    mean: Float[Tensor, "3 height width"]
    spread: Float[Tensor, "height width"]


def consensus(images: Float[Tensor, "count 3 height width"]) -> Consensus:
    """Return what solutions agree on and where they differ.

    Pass feasible images only: an infeasible one says nothing of the measurement.

    Raises:
        InputError: there are fewer than two.
    """
    if len(images) < 2:
        raise InputError(f"{len(images)} solutions: expected at least two to compare")
    variance = (images / 2).var(0, correction=0)
    return Consensus(images.mean(0), variance.mean(0).sqrt())
