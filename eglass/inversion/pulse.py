"""PULSE's search: Adam on the sphere of each start's norm.

Menon et al., "PULSE: Self-supervised photo upsampling via latent space exploration of generative
models", CVPR 2020; settings and schedule of its official code. Its second term, the cross-geodesic
loss, compares StyleGAN's eighteen latents and vanishes for one.
"""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.inversion.latent import LatentSearch


def linear1cycledrop(step: int, steps: int) -> float:
    """Return PULSE's learning-rate factor: up and down by a factor of ten, then a drop."""
    cycle = 0.9 * steps
    if step < cycle:
        return (9 * (1 - abs(step / cycle - 1 / 2) * 2) + 1) / 10
    return 1 / 10 + (step - cycle) / (0.1 * steps) * (1 / 1000 - 1 / 10)


class SphericalSearch(LatentSearch):
    """PULSE's optimiser: Adam, each latent brought back to its first norm after every step.

    Menon et al., "PULSE", CVPR 2020, and its official code.

    Args:
        args: as of `LatentSearch`.
        steps: the budget that the schedule of learning rates is stretched over.
        eps: ℓ2 below which nothing more is gained.
        kwargs: as of `LatentSearch`.
    """

    def __init__(self, *args: Any, steps: int, eps: float, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.steps = steps
        self.eps = eps
        self.register_buffer("radii", self.latents.detach().norm(dim=1, keepdim=True))

    def objective(self, l2: Float[Tensor, " start"]) -> Float[Tensor, ""]:
        return 100 * l2.clamp(min=self.eps).sum()

    def configure_optimizers(self) -> Any:
        optimizer = super().configure_optimizers()
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: linear1cycledrop(step, self.steps)
        )
        return [optimizer], [{"scheduler": schedule, "interval": "step"}]

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        super().optimizer_step(*args, **kwargs)
        with torch.no_grad():
            self.latents.mul_(self.radii / self.latents.norm(dim=1, keepdim=True))
