"""How different solutions are from one another, and how like what the generator usually makes.

LPIPS is the squared distance of features, so that all pairs cost one matrix product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.errors import InputError
from eglass.generators.base import Generator
from eglass.perceptual import LPIPS


@torch.no_grad()
def pairwise(features: Float[Tensor, "count features"]) -> Float[Tensor, "count count"]:
    """Return the squared distances of all pairs: of LPIPS features, LPIPS."""
    distances = features.new_zeros(len(features), len(features))
    first, second = torch.triu_indices(len(features), len(features), offset=1)
    distances[first, second] = torch.pdist(features).square()
    return distances + distances.T


def mean_pairwise(distances: Float[Tensor, "count count"]) -> float:
    """Return the mean over pairs of different solutions; NaN where there is only one."""
    count = len(distances)
    return float(distances.sum() / (count * (count - 1))) if count > 1 else float("nan")


def distinct_modes(distances: Float[Tensor, "count count"], apart: float = 0.1) -> int:
    """Return the size of a largest-first set of solutions that are all more than `apart` apart."""
    modes: list[int] = []
    for i in range(len(distances)):
        if bool((distances[i, modes] > apart).all()):
            modes.append(i)
    return len(modes)


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


@dataclass(frozen=True)
class Realism:
    """How far images are from what the generator makes of fresh draws of its prior.

    The distance is to the k-th nearest of them, over the mean of the same distance among
    themselves: 1 is as typical as a fresh sample. The features are a trunk's last layer, averaged
    over the image. Take another trunk than the one that solutions were pushed apart by.

    Kynkäänniemi et al., "Improved precision and recall metric for assessing generative models",
    NeurIPS 2019.
    """

    network: LPIPS
    fresh: Float[Tensor, "fresh channels"]
    usual: float
    k: int

    @classmethod
    @torch.no_grad()
    def of(
        cls,
        generator: Generator,
        network: LPIPS,
        *,
        count: int,
        k: int,
        rng: torch.Generator,
    ) -> Realism:
        """Draw `count` fresh samples to compare with.

        Raises:
            InputError: there are not more of them than k, or k is not positive.
        """
        if not 0 < k < count:
            raise InputError(f"k is {k} of {count} fresh samples: expected 1 to {count - 1}")
        batches = generator.sample(count, rng).split(50)
        fresh = torch.cat([_deep(network.activations(generator(batch))) for batch in batches])
        among = torch.cdist(fresh, fresh).sort(1).values[:, k]
        return cls(network, fresh, float(among.mean()), k)

    @torch.no_grad()
    def __call__(
        self, images: Float[Tensor, "count 3 height width"]
    ) -> tuple[Float[Tensor, " count"], Float[Tensor, "count features"]]:
        """Return the relative distance of each image and, from the same pass, its LPIPS features by
        this network.
        """
        distances, features = [], []
        for part in images.split(50):
            activations = self.network.activations(part)
            nearest = torch.cdist(_deep(activations), self.fresh).sort(1).values[:, self.k - 1]
            distances.append(nearest / self.usual)
            features.append(self.network.weighted(activations))
        return torch.cat(distances), torch.cat(features)


def _deep(
    activations: Sequence[Float[Tensor, "count channels _ _"]],
) -> Float[Tensor, "count channels"]:
    return activations[-1].mean((2, 3))
