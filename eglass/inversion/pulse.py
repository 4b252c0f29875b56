"""PULSE, the baseline: solve again from new starts, on the sphere of each start's norm.

Menon et al., "PULSE: Self-supervised photo upsampling via latent space exploration of generative
models", CVPR 2020; settings and schedule of its official code. Its second term, the cross-geodesic
loss, compares StyleGAN's eighteen latents and vanishes for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from eglass.errors import InputError
from eglass.generators.base import Generator
from eglass.inversion.latent import LatentSearch
from eglass.problems import Problem


def linear1cycledrop(step: int, steps: int) -> float:
    """Return PULSE's learning-rate factor: up and down by a factor of ten, then a drop."""
    cycle = 0.9 * steps
    if step < cycle:
        return (9 * (1 - abs(step / cycle - 1 / 2) * 2) + 1) / 10
    return 1 / 10 + (step - cycle) / (0.1 * steps) * (1 / 1000 - 1 / 10)


class SphericalSearch(LatentSearch):
    """PULSE's optimiser: Adam, each latent brought back to its first norm after every step."""

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


@dataclass(frozen=True)
class PulseResult:
    """The best latent of every start, whether PULSE would have accepted it, and the cost.

    PULSE itself saves nothing of a start that misses eps; here its best is kept, and marked.
    """

    latents: Float[Tensor, "start latent"]
    images: Float[Tensor, "start 3 height width"]
    l2: Float[Tensor, " start"]
    accepted: Bool[Tensor, " start"]
    history: pd.DataFrame
    seconds: float


@dataclass(frozen=True)
class Pulse:
    """PULSE for any generator with one latent.

    Attributes:
        starts: solutions sought, each from its own start; solved as one batch.
        steps: budget of a start.
        lr: of Adam, before the schedule.
        eps: ℓ2 below which the loss is flat, and above which a start has failed.
        stop_at: end the run once every start is at or below this ℓ2; none runs the whole budget.

    Raises:
        InputError: a setting is out of range.
    """

    starts: int = 10
    steps: int = 100
    lr: float = 0.4
    eps: float = 2e-3
    stop_at: float | None = None

    def __post_init__(self) -> None:
        for name in ("starts", "steps", "lr", "eps"):
            if not getattr(self, name) > 0:
                raise InputError(f"PULSE's {name} is {getattr(self, name)}: expected more than 0")

    def __call__(
        self,
        generator: Generator,
        problem: Problem,
        rng: torch.Generator,
        workdir: Path | None = None,
    ) -> PulseResult:
        """Solve from `starts` random latents; `workdir` holds the checkpoint of a long run."""
        search = SphericalSearch(
            generator,
            problem,
            generator.sample(self.starts, rng),
            lr=self.lr,
            steps=self.steps,
            eps=self.eps,
            stop_at=self.stop_at,
            enough=self.starts,
        )
        seconds = search.minimise(self.steps, "pulse", workdir)
        with torch.no_grad():
            images = generator(search.best_latents)
        return PulseResult(
            search.best_latents,
            images,
            search.best_l2,
            search.best_l2 <= self.eps,
            search.history,
            seconds,
        )
