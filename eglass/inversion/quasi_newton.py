"""A quasi-Newton search for one latent, in the metric of the measurement."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.parametrize import register_parametrization

from eglass.inversion.latent import LatentSearch

#: Iterations of L-BFGS in one step of the trainer, between which its progress is shown.
ITERATIONS = 10

#: What is added to a metric before it is inverted, a share of its largest eigenvalue.
DAMPING = 0.1


class Coordinates(nn.Module):
    """Coordinates c of latents, z = P c with P = (H + μ)^−½, in which a metric H is nearly even.

    Args:
        metric: H, positive semi-definite, and not zero.
    """

    P: Tensor
    inverse: Tensor

    def __init__(self, metric: Float[Tensor, "latent latent"]):
        super().__init__()
        stretch, axes = torch.linalg.eigh(metric)
        root = (stretch.clamp(min=0) + DAMPING * stretch[-1]).sqrt()
        self.register_buffer("P", axes / root @ axes.T)
        self.register_buffer("inverse", axes * root @ axes.T)

    def forward(self, coordinates: Float[Tensor, "start latent"]) -> Float[Tensor, "start latent"]:
        return coordinates @ self.P

    def right_inverse(
        self, latents: Float[Tensor, "start latent"]
    ) -> Float[Tensor, "start latent"]:
        return latents @ self.inverse


class QuasiNewtonSearch(LatentSearch):
    """L-BFGS with a strong Wolfe line search, on one latent.

    Nocedal, Wright, "Numerical optimization", 2006, algorithms 7.5 and 3.5, as PyTorch has them.
    A row of the history is an evaluation of the objective.

    Args:
        args: as of `LatentSearch`, whose `starts` are here a single latent.
        metric: of the latents, (latent, latent), positive semi-definite and near H_Y; none is that
            of the latents themselves.
        settings: as of `LatentSearch`; `lr` is the first step of the line search.
    """

    def __init__(
        self, *args: Any, metric: Float[Tensor, "latent latent"] | None = None, **settings: Any
    ):
        super().__init__(*args, **settings)
        if metric is not None:
            register_parametrization(self, "latents", Coordinates(metric))

    def objective(self, l2: Float[Tensor, " start"]) -> Float[Tensor, ""]:
        if self.stop_at is None:
            return super().objective(l2)
        # Flat once its target is reached, where L-BFGS then ends by itself.
        return torch.where(l2 <= self.stop_at, self.stop_at, super().objective(l2)).sum()

    def configure_optimizers(self) -> Any:
        return torch.optim.LBFGS(
            self.parameters(),
            max_iter=ITERATIONS,
            history_size=20,
            line_search_fn="strong_wolfe",
            tolerance_change=0.0,
        )
