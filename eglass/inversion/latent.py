"""Searching for latents whose images explain a measurement (Eq. 2), the generator fixed."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from eglass.generators.base import Generator
from eglass.inversion.minimisation import Minimisation
from eglass.problems import Problem


class LatentSearch(Minimisation):
    """Adam over a batch of latents; the best latent of every start is kept (CSGM).

    Minimises ℓ2 + λ‖z‖²/d. Bora et al., "Compressed sensing using generative models", ICML 2017.

    Args:
        generator: of the images; it is not changed.
        problem: gives ℓ2 of images.
        starts: the latents that it begins at, (start, latent).
        lr: Adam's learning rate, above 0.
        prior_weight: λ from 0 on, which keeps latents typical of a Gaussian prior.
        stop_at: ℓ2 at which a start is done; none runs the whole budget.
        enough: how many starts must be done before the run ends.
    """

    best_latents: Tensor
    best_l2: Tensor

    def __init__(
        self,
        generator: Generator,
        problem: Problem,
        starts: Float[Tensor, "start latent"],
        *,
        lr: float,
        prior_weight: float = 0.0,
        stop_at: float | None = None,
        enough: int = 1,
    ):
        super().__init__(problem, stop_at=stop_at, enough=enough)
        # In a tuple, because a checkpoint need not hold a network that does not change.
        self._fixed = (generator,)
        self.lr = lr
        self.prior_weight = prior_weight
        self.latents = nn.Parameter(starts.clone())
        self.register_buffer("best_latents", starts.clone())
        self.register_buffer("best_l2", starts.new_full((len(starts),), torch.inf))

    def images(self) -> Float[Tensor, "start channels height width"]:
        return self._fixed[0](self.latents)

    def objective(self, l2: Float[Tensor, " start"]) -> Float[Tensor, ""]:
        return (l2 + self.prior_weight * self.latents.square().mean(1)).sum()

    def keep_best(self, l2: Float[Tensor, " start"]) -> Float[Tensor, " start"]:
        better = l2 < self.best_l2
        self.best_l2 = torch.where(better, l2, self.best_l2)
        self.best_latents = torch.where(better[:, None], self.latents.detach(), self.best_latents)
        return self.best_l2

    def configure_optimizers(self) -> Any:
        return torch.optim.Adam([self.latents], lr=self.lr)
