"""Exact draws of what the measurement leaves open, as an explorer's solutions."""

from __future__ import annotations

import math
from dataclasses import field, replace
from typing import ClassVar

import torch

from eglass.exploration.explorer import Explorer
from eglass.exploration.solutions import Solutions
from eglass.exploration.start import StartingPoint
from eglass.posterior import SMC, Draws, Posterior, UniformBall, summarise
from eglass.progress import Progress, silent
from eglass.records.names import Direction, Method
from eglass.settings import settings

#: R-hat up to which chains agree.
MIXED = 1.01


@settings
class Exact(Explorer):
    """Draws of the prior restricted to the feasible set, without bias: all of them are feasible.

    Solutions are a few of the draws, far from one another; what all of them say is the solutions'
    `summary`. The generator is the one that was trained: one adapted to an image is a prior that
    has seen y.

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
        posterior = _posterior(start)
        (found,) = self.sampler(posterior, [posterior.noise], rng, progress=progress)
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
        summary = summarise(_posterior(start), found, start.perceptual, count=count)
        solutions = start.measure(
            start.prior_generator.prior.from_normal(summary.chosen),
            method=self.method,
            directions=[Direction("draw", i) for i in range(1, count + 1)],
            steps=[math.nan] * count,
            images=summary.images[summary.cells.chosen],
        )
        return replace(solutions, summary=summary, note=in_words(found))


def _posterior(start: StartingPoint) -> Posterior:
    ball = UniformBall(threshold=start.problem.threshold)
    return Posterior(start.problem, start.prior_generator, ball)


def in_words(draws: Draws) -> str:
    """Return how ambiguous a measurement is, in a sentence, and how far the draws are to be
    trusted.
    """
    rare = -draws.log10_p
    one_in = f"{10**rare:,.0f}" if rare < 6 else f"10^{rare:.1f}"
    how_many = f"of {one_in} images that the generator makes, one explains"
    if rare < math.log10(2):
        how_many = f"{10**-rare:.0%} of all images that the generator makes explain"
    trusted = "as they should" if draws.rhat <= MIXED else "not yet as they should: R-hat > 1.01"
    return (
        f"{how_many} the measurement this well (log10 is known to ±{draws.log10_p_error:.2f}); "
        f"the solutions are among {len(draws):,} draws of those, worth {draws.ess_bulk:.0f} "
        f"independent ones, and chains agree {trusted}"
    )
