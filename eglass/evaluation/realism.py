"""How like what the generator usually makes solutions are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.errors import InputError
from eglass.generators.base import Generator
from eglass.perceptual import LPIPS


@dataclass(frozen=True)
class Realism:
    """How far images are from what the generator makes of fresh draws of its prior.

    The distance is to the k-th nearest of them, over the mean of the same distance among
    themselves: 1 is as typical as a fresh sample. The features are a trunk's last layer, averaged
    over the image. Take another trunk than the one that solutions were pushed apart by.

    Kynkäänniemi et al., "Improved precision and recall metric for assessing generative models",
    NeurIPS 2019.

    Attributes:
        network: whose trunk the features are of.
        fresh: features of images of fresh draws.
        usual: the mean distance among these, from each to its k-th nearest.
        k: which neighbour the distance is to, from 1.
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
        """Return what compares images with fresh samples of a generator.

        Args:
            generator: whose samples.
            network: whose deep features are compared.
            count: how many samples, more than k.
            k: which nearest sample counts, from 1.
            rng: of the samples.

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
        self, images: Float[Tensor, "count channels height width"]
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
