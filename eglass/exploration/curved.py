"""Paths that bend with the solution set: predict, correct, turn, go on."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from eglass.exploration.start import Explorer, Solutions
from eglass.exploration.explorer import (
    SolutionExplorer,
    check_positive,
    damped_inverse,
    measured,
    unit,
    within_shell,
)
from eglass.exploration.straight import trust_region
from eglass.geometry import Geometry


@dataclass(frozen=True)
class Curved(SolutionExplorer):
    """Both ways along each trust-region direction, on paths that stay feasible by bending.

    A stride is a step along the heading (predictor), then Gauss–Newton steps on ℓ2 in the metric
    of z0, until some slack is left (corrector). The next heading is what was really walked, made
    orthogonal to the gradient of ℓ2 where it ends. A path whose stride ends infeasible stays, and
    halves it.

    Attributes:
        strides: of every path.
        corrections: Gauss–Newton steps of a stride.
        stride: length of a stride.
        radius: η_max of the trust region.
        slack: share of the threshold above which ℓ2 is corrected.
    """

    name: str = "curved"
    strides: int = 6
    corrections: int = 2
    stride: float = 2.0
    radius: float = 5.0
    slack: float = 0.6

    def __post_init__(self) -> None:
        check_positive(self, "strides", "corrections", "stride", "radius", "slack")

    def __call__(
        self, walker: Explorer, geometry: Geometry, *, count: int, rng: torch.Generator
    ) -> Solutions:
        damping = walker.problem.threshold / self.radius**2
        P = damped_inverse(geometry, damping)
        d = trust_region(geometry, damping)[: (count + 1) // 2]
        ways = [f"g{j}" for j in range(1, len(d) + 1) for _ in (1, -1)]
        heading = torch.stack([d, -d], 1).flatten(0, 1)
        # More solutions than ways: later laps take shorter strides.
        laps = -(-count // len(ways))
        heading, ways = heading.repeat(laps, 1)[:count], (ways * laps)[:count]
        lap = torch.arange(1, laps + 1).repeat_interleave(2 * len(d))[:count]
        length = self.stride / lap.to(heading)
        z = walker.z0.expand(count, -1)
        for _ in range(self.strides):
            proposed = within_shell(z + length[:, None] * heading, walker)
            for _ in range(self.corrections):
                l2, gradient = measured(walker, proposed)
                beyond = (l2 > self.slack * walker.problem.threshold)[:, None]
                proposed = torch.where(beyond, proposed - gradient @ P, proposed)
            l2, gradient = measured(walker, proposed)
            allowed = walker.problem.feasible(l2)[:, None]
            turned = unit(proposed - z)
            across = unit(gradient)
            turned = unit(turned - (turned * across).sum(1, keepdim=True) * across)
            z = torch.where(allowed, proposed, z)
            heading = torch.where(allowed, turned, heading)
            length = torch.where(allowed[:, 0], length, 0.5 * length)
        return walker.judge(
            z,
            method=self.name,
            directions=ways,
            steps=(z - walker.z0).norm(dim=1).tolist(),
        )
