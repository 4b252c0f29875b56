"""What every generator promises to the rest of the project."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor, nn

from eglass.generators.priors import Prior
from eglass.weights import Provenance


class Generator(nn.Module, ABC):
    """A map from latents to images, together with the prior that its latents were trained on.

    The rest of the project knows nothing else about a family.

    Attributes:
        latent_dim: dimension of a latent.
        image_size: (channels, height, width) of an image.
        prior: the distribution of latents.
        provenance: where the weights come from.
        shown: the channels that pictures show as red, green and blue, as for
            `eglass.images.displayed`.
    """

    latent_dim: int
    image_size: tuple[int, int, int]
    prior: Prior
    provenance: Provenance
    shown: tuple[int, int, int] | None = None

    @abstractmethod
    def forward(
        self, latents: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch channels height width"]:
        """Return images in [-1, 1]."""

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    def sample(self, count: int, rng: torch.Generator) -> Float[Tensor, "count latent"]:
        """Draw latents from the prior, on the generator's device."""
        return self.prior.sample(count, rng).to(self.device)
