"""Exact draws of what the measurement leaves open, as an explorer's solutions."""

from __future__ import annotations

from dataclasses import field
from typing import ClassVar

import torch

from eglass.exploration.explorer import Explorer
from eglass.exploration.solutions import Solutions
from eglass.exploration.start import StartingPoint
from eglass.posterior import SMC, Draws, Posterior, UniformBall
from eglass.progress import Progress, silent
from eglass.records.names import Direction, Method
from eglass.settings import settings


@settings
class Exact(Explorer):
    """Draws of the prior restricted to the feasible set, without bias: all of them are feasible.

    The generator is the one that was trained: one adapted to an image is a prior that has seen y.

    Attributes:
        sampler: how the set is reached.
    """

    method: ClassVar[Method] = Method("exact", "exact draws")

    sampler: SMC = field(default_factory=SMC)

    def draws(
        self, start: StartingPoint, *, rng: torch.Generator, progress: Progress = silent
    ) -> Draws:
        """Return all draws, in their chains.

        Raises:
            EmptySet: no image of the generator as it was trained is feasible.
        """
        ball = UniformBall(threshold=start.problem.threshold)
        posterior = Posterior(start.problem, start.prior_generator, ball)
        (found,) = self.sampler(posterior, [ball], rng, progress=progress)
        return found

    def __call__(
        self,
        start: StartingPoint,
        *,
        count: int,
        rng: torch.Generator,
        progress: Progress = silent,
    ) -> Solutions:
        found = self.draws(start, rng=rng, progress=progress)
        chosen = torch.randperm(len(found), generator=rng)[:count]
        generator = start.prior_generator
        latents = generator.prior.from_normal(found.flat[chosen])
        with torch.no_grad():
            images = generator(latents)
        return start.measure(
            latents,
            method=self.method,
            directions=[Direction("draw", i) for i in range(1, len(latents) + 1)],
            steps=[float("nan")] * len(latents),
            images=images,
        )
