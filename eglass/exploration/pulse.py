"""PULSE's solutions as a set."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch

from eglass.exploration.start import Explorer, Solutions
from eglass.exploration.explorer import SolutionExplorer, check_positive
from eglass.geometry import Geometry
from eglass.inversion import Pulse


@dataclass(frozen=True)
class PulseSet(SolutionExplorer):
    """Solve anew from as many starts as solutions are wanted, as one batch.

    Attributes:
        steps, lr, eps: as for `Pulse`.
    """

    from_scratch: ClassVar[bool] = True
    name: str = "PULSE"
    steps: int = 100
    lr: float = 0.4
    eps: float = 2e-3

    def __post_init__(self) -> None:
        check_positive(self, "steps", "lr", "eps")

    def __call__(
        self, walker: Explorer, geometry: Geometry, *, count: int, rng: torch.Generator
    ) -> Solutions:
        solve = Pulse(starts=count, steps=self.steps, lr=self.lr, eps=self.eps)
        found = solve(walker.generator, walker.problem, rng)
        return walker.judge(
            found.latents,
            method=self.name,
            directions=[f"start {i}" for i in range(count)],
            steps=[math.nan] * count,
            images=found.images,
        )
