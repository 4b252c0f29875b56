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

    Subclasses set `latent_dim`, `resolution`, `prior` and `provenance`, and implement `forward`.
    The rest of the project knows nothing else about a family.
    """

    latent_dim: int
    resolution: int
    prior: Prior
    provenance: Provenance

    @abstractmethod
    def forward(
        self, latents: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch 3 height width"]:
        """Return images in [-1, 1]."""

    @property
    def image_size(self) -> tuple[int, int, int]:
        """(channels, height, width) of an image."""
        return 3, self.resolution, self.resolution

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    def sample(self, count: int, rng: torch.Generator) -> Float[Tensor, "count latent"]:
        """Draw latents from the prior, on the generator's device."""
        return self.prior.sample(count, rng).to(self.device)
