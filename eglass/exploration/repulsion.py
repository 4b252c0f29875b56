"""Solutions that repel one another in what is seen, inside what the measurement allows."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Bool, Float
from pydantic import Field
from torch import Tensor

from eglass.errors import settings_of
from eglass.exploration.explorer import Explorer, damped_inverse, unit, within_shell
from eglass.exploration.posterior import PosteriorDraws
from eglass.exploration.solutions import Solutions
from eglass.exploration.start import StartingPoint
from eglass.progress import Progress, silent
from eglass.records.names import Method
from eglass.settings import Count, Fraction, NotNegative, Positive, settings


@settings
class Repulsion(Explorer):
    """Begin with another explorer's solutions, then push them all apart, together.

    Every solution i climbs  mean_j log(d(i, j) + ε) + τ log(1 − ℓ2 / threshold), the others
    held where they are. The logarithm keeps near ones apart first; the second term is a barrier.
    Steps are preconditioned by (H_Y + λI)⁻¹ of z0, which serves everywhere because the metric
    hardly changes from place to place (Wang and Ponce), and grow or shrink as they succeed. No
    step is taken that leaves the feasible set, climbs nothing, or leaves the prior's shell.

    Attributes:
        begin: the explorer that gives the first solutions.
        begin_at: share of the way from z0 to those, in (0, 1], at which the repulsion begins: at 1
            some may be at the very edge of feasibility.
        steps: how often all solutions move.
        barrier: τ.
        softening: ε, in units of the perceptual distance d.
        first_step: length of the first step, in the latent space.
        momentum: share of the last direction in the next.
        radius: η_max, up to which the quadratic is trusted: λ = threshold / η_max².
    """

    method: ClassVar[Method] = Method("repulsion", "repulsion")

    begin: Explorer = Field(default_factory=PosteriorDraws)
    begin_at: Fraction = 1.0
    steps: Count = 4
    barrier: Positive = 0.03
    softening: Positive = 0.01
    first_step: Positive = 1.0
    momentum: NotNegative = 0.5
    radius: Positive = 5.0

    def check(self, dim: int) -> None:
        with settings_of("begin"):
            self.begin.check(dim)

    def __call__(
        self,
        start: StartingPoint,
        *,
        count: int,
        rng: torch.Generator,
        progress: Progress = silent,
    ) -> Solutions:
        begin = self.begin(start, count=count, rng=rng, progress=progress)
        damping = start.problem.threshold / self.radius**2
        P = damped_inverse(start.geometry, damping)
        z = start.z0 + self.begin_at * (begin.latents - start.z0)
        features, allowed, value, gradient = self._climb(start, z, None)
        # ℓ2 need not grow steadily on the way to the edge.
        z = torch.where(allowed[:, None], z, start.z0)
        if not allowed.all():
            features, allowed, value, gradient = self._climb(start, z, None)
        length = torch.full_like(value, self.first_step)
        heading = torch.zeros_like(z)
        for done in range(self.steps):
            heading = unit(unit(gradient @ P) + self.momentum * heading)
            proposed = within_shell(z + length[:, None] * heading, start)
            new, allowed, reached, slope = self._climb(start, proposed, features)
            better = allowed & (reached > value)
            column = better[:, None]
            z = torch.where(column, proposed, z)
            gradient = torch.where(column, slope, gradient)
            features = torch.where(column, new, features)
            value = torch.where(better, reached, value)
            heading = torch.where(column, heading, torch.zeros_like(heading))
            length = torch.where(better, 1.3 * length, 0.5 * length)
            progress("repulsion", done + 1, self.steps)
        return start.measure(
            z,
            method=self.method,
            directions=begin.directions,
            steps=(z - start.z0).norm(dim=1).tolist(),
        )

    def _climb(
        self,
        start: StartingPoint,
        latents: Float[Tensor, "count latent"],
        others: Float[Tensor, "count features"] | None,
    ) -> tuple[
        Float[Tensor, "count features"],
        Bool[Tensor, " count"],
        Float[Tensor, " count"],
        Float[Tensor, "count latent"],
    ]:
        """Return features, feasibility, objective and its gradient; `others` are held, or all."""
        z = latents.detach().requires_grad_()
        with torch.enable_grad():
            images = start.generator(z)
            l2 = start.problem.l2(images)
            features = start.perceptual.features(images)
            held = features.detach() if others is None else others
            apart = torch.log(_squared_distances(features, held) + self.softening)
            apart = apart.where(~torch.eye(len(z), dtype=torch.bool, device=z.device), 0.0)
            room = (1 - l2 / start.problem.threshold).clamp(min=1e-3)
            value = apart.sum(1) / max(1, len(z) - 1) + self.barrier * room.log()
            (gradient,) = torch.autograd.grad(value.sum(), z)
        l2 = l2.detach()
        return features.detach(), start.problem.feasible(l2), value.detach(), gradient


def _squared_distances(
    a: Float[Tensor, "one features"], b: Float[Tensor, "other features"]
) -> Float[Tensor, "one other"]:
    squares = a.square().sum(1)[:, None] + b.square().sum(1)[None]
    return (squares - 2 * a @ b.T).clamp(min=0)
