"""How far apart images are, by the squared distance of their features."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.errors import InputError


@torch.no_grad()
def pairwise(features: Float[Tensor, "count features"]) -> Float[Tensor, "count count"]:
    """Return the squared distances of all pairs: of a metric's features, the metric."""
    distances = features.new_zeros(len(features), len(features))
    first, second = torch.triu_indices(len(features), len(features), offset=1)
    distances[first, second] = torch.pdist(features).square()
    return distances + distances.T


def farthest(features: Float[Tensor, "all features"], count: int) -> list[int]:
    """Return a far-apart subset: the farthest pair, then always the one farthest from the set.

    Gonzalez, "Clustering to minimize the maximum intercluster distance", 1985: its smallest
    distance is at least half of the best there is.

    Raises:
        InputError: more are asked for than there are.
    """
    if not 1 <= count <= len(features):
        raise InputError(f"a subset of {count} is asked for: expected 1 to {len(features)}")
    distances = pairwise(features)
    first, second = divmod(int(distances.argmax()), len(distances))
    chosen = [first, second][:count]
    while len(chosen) < count:
        nearest = distances[:, chosen].amin(1)
        nearest[chosen] = -1
        chosen.append(int(nearest.argmax()))
    return chosen
