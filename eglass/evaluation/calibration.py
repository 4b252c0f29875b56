"""Calibration: of truths drawn from the prior and measured, what are they among the draws?

Where a latent is drawn from the prior and then a measurement of its image, the latent is itself an
exact draw of what that measurement leaves open: among other exact draws it can be told by nothing.
So any number computed of it has a uniform rank among theirs. That holds of whole samplers, and of a
single kernel that is to leave the posterior as it is: begun at the truth it needs no burn-in.

Cook, Gelman, Rubin, "Validation of software for Bayesian models using posterior quantiles", 2006;
Talts et al., "Validating Bayesian inference algorithms with simulation-based calibration", 2018.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from eglass.evaluation.ranks import Simulated
from eglass.generators import Generator
from eglass.perceptual import PerceptualMetric
from eglass.posterior.cells import far_apart, nearest, spaced
from eglass.posterior.kernels import (
    Angles,
    Kernel,
    Reflections,
    Rough,
    Slices,
    State,
)
from eglass.posterior.noise import Noise
from eglass.posterior.rounded import is_sooner
from eglass.posterior.target import Posterior
from eglass.problems import Problem
from eglass.progress import Progress, silent
from eglass.settings import Count, Natural, Positive, settings

#: Makes draws of a posterior, which with the truth are to be exchangeable. A kernel begins at the
#: truth, whose numbers it is given; a sampler looks away.
Draw = Callable[[Posterior, Float[Tensor, " dim"], torch.Generator], Float[Tensor, "draws dim"]]


class Sampler(Protocol):
    """What is to be calibrated.

    Args:
        prior: any posterior of the problem, for what is the same whatever was measured.
        rng: of what is drawn.

    Returns:
        What makes the draws.
    """

    def __call__(self, prior: Posterior, rng: torch.Generator) -> Draw: ...


@settings
class SliceMoves:
    """Elliptical slice moves, their angles weighted by the mean H_Y of some draws of the prior.

    Attributes:
        particles: how many of these; none leaves the angles as they are.
    """

    particles: Natural = 4

    def __call__(self, prior: Posterior, rng: torch.Generator) -> Kernel:
        return Slices(angles=_angles(prior, self.particles, rng))


@settings
class ReflectionMoves:
    """Steps along ellipses, mirrored where they leave the slice; angles as for `SliceMoves`.

    Attributes:
        particles: as for `SliceMoves`.
        angle: of a step.
        steps: of a move.
    """

    particles: Natural = 4
    angle: Positive = 0.2
    steps: Count = 5

    def __call__(self, prior: Posterior, rng: torch.Generator) -> Kernel:
        angles = _angles(prior, self.particles, rng)
        return Reflections(angles=angles, angle=self.angle, steps=self.steps)


def _angles(prior: Posterior, particles: int, rng: torch.Generator) -> Angles:
    if not particles:
        return Angles.plain(prior.dim)
    return Angles.of(prior.metric(prior.draw(particles, rng)), prior)


@settings
class FromTheTruth:
    """Draws by a reversible kernel alone: from the truth back to a root, and from there forth.

    Of the root, the truth and the ends of the other chains are the same number of moves away: they
    are exchangeable, however slowly the kernel mixes.

    Besag, Clifford, "Generalized Monte Carlo significance tests", Biometrika, 1989, their parallel
    method.

    Attributes:
        kernel: makes the kernel, which leaves each posterior as it is.
        moves: from the truth to the root, and from the root to each draw.
        draws: how many.
        rounded: draws of the prior by which the slack of moves in bfloat16 is found; none moves in
            single precision, and so do Gaussian noise, whose slices are narrower than rounding, and
            a device that is no sooner done in bfloat16.
    """

    kernel: Any
    moves: Count = 6
    draws: Count = 19
    rounded: Natural = 0

    def __call__(self, prior: Posterior, rng: torch.Generator) -> Draw:
        kernel = self.kernel(prior, rng)
        bears = prior.noise.bears_rounding and is_sooner(prior.generator.device)
        if not (self.rounded and bears):
            return partial(self._drawn, lambda posterior: kernel)
        z = prior.draw(self.rounded, rng)
        slack = float((prior.rounded().l2(z) - prior.l2(z)).abs().max())
        return partial(
            self._drawn,
            lambda posterior: replace(kernel, rough=Rough(posterior.rounded(), slack)),
        )

    def _drawn(
        self,
        kernel_of: Callable[[Posterior], Kernel],
        posterior: Posterior,
        truth: Float[Tensor, " dim"],
        rng: torch.Generator,
    ) -> Float[Tensor, "draws dim"]:
        kernel = kernel_of(posterior)
        (root,) = self._moved(kernel, posterior, truth[None], rng)
        return self._moved(kernel, posterior, root.expand(self.draws, -1).clone(), rng)

    def _moved(
        self,
        kernel: Kernel,
        posterior: Posterior,
        z: Float[Tensor, "chains dim"],
        rng: torch.Generator,
    ) -> Float[Tensor, "chains dim"]:
        state = State.at(posterior, z)
        for _ in range(self.moves):
            state, _ = kernel.step(posterior, state, rng)
        return state.z


@settings
class FromScratch:
    """Draws by a whole sampler, which begins at the prior.

    Attributes:
        sampler: such as `eglass.posterior.SMC`.
        draws: how many of its draws truths are ranked among, evenly spaced.
    """

    sampler: Any
    draws: Count = 19

    def __call__(self, prior: Posterior, rng: torch.Generator) -> Draw:
        def drawn(
            posterior: Posterior, truth: Float[Tensor, " dim"], rng: torch.Generator
        ) -> Float[Tensor, "draws dim"]:
            (found,) = self.sampler(posterior, [posterior.noise], rng)
            return spaced(found.flat, self.draws)

        return drawn


@dataclass(frozen=True)
class Statistics:
    """The numbers of a draw that are ranked.

    Attributes:
        perceptual: what sees their images.
        fixed: features of an image that is the same for all truths.
    """

    perceptual: PerceptualMetric
    fixed: Float[Tensor, " features"]

    @classmethod
    @torch.no_grad()
    def of(
        cls, generator: Generator, perceptual: PerceptualMetric, rng: torch.Generator
    ) -> Statistics:
        """Return what ranks draws of a generator, its fixed image a draw of the prior."""
        return cls(perceptual, perceptual.features(generator(generator.sample(1, rng)))[0])

    @torch.no_grad()
    def __call__(
        self,
        posterior: Posterior,
        z: Float[Tensor, "draws dim"],
        anywhere: Float[Tensor, " dim"],
    ) -> tuple[dict[str, Float[Tensor, " draws"]], Float[Tensor, "draws features"]]:
        """Return each number of each draw, by what it is called, and the draws' features.

        Args:
            anywhere: drawn from the prior anew for each truth: draws are compared with its image.
                The ranks of that distance are the expected coverage of Lemos et al.,
                "Sampling-based accuracy testing of posterior estimators for general inference"
                (TARP), ICML 2023.
        """
        images = posterior.images(torch.cat([z, anywhere[None]]))
        seen = torch.cat([self.perceptual.features(part) for part in images.split(50)])
        pixels, key = images[:-1], self.perceptual.key
        return {
            "l2": posterior.problem.l2(pixels),
            f"{key}_to_fixed": (seen[:-1] - self.fixed).square().sum(1),
            f"{key}_to_random": (seen[:-1] - seen[-1]).square().sum(1),
            "brightness": pixels.mean((1, 2, 3)),
            "contrast": pixels.std((1, 2, 3)),
            "norm": z.square().sum(1),
            "latent_1": z[:, 0],
        }, seen[:-1]


@torch.no_grad()
def simulate(
    problem_of: Callable[[Float[Tensor, "1 channels height width"]], Problem],
    generator: Generator,
    noise: Noise,
    sampler: Sampler,
    statistics: Statistics,
    *,
    truths: int,
    cells: int,
    rng: torch.Generator,
    progress: Progress = silent,
) -> Simulated:
    """Return the ranks of many truths, each drawn from the prior, among draws of its measurement.

    Args:
        problem_of: makes the problem of an image, without noise.
        generator: whose prior truths are drawn from.
        noise: what is believed of the noise, and what is drawn.
        sampler: what is calibrated.
        statistics: what is ranked.
        truths: how many, 1 or more.
        cells: how many draws stand for the others, 1 or more.
        rng: of all that is drawn.
        progress: called after each truth.
    """
    # Of whatever measurement, its prior is the same.
    prior = Posterior(problem_of(torch.zeros(1, *generator.image_size)), generator, noise)
    draw, ranked, claims = sampler(prior, rng), [], []
    for done in range(truths):
        truth, anywhere = prior.draw(2, rng)
        problem = noise.noisy(problem_of(prior.images(truth[None])), rng)
        posterior = Posterior(problem, generator, noise)
        draws = draw(posterior, truth, rng)
        numbers, seen = statistics(posterior, torch.cat([truth[None], draws]), anywhere)
        ranked.append({name: rank_of_first(each, rng) for name, each in numbers.items()})
        found = far_apart(seen[1:], cells, len(draws))
        here = nearest(seen[:1], seen[1:][found.chosen])[0]
        claims.append(
            pd.DataFrame(
                {"claimed": found.share, "happened": np.arange(cells) == here}, dtype=float
            )
        )
        progress("calibration", done + 1, truths)
    return Simulated(pd.DataFrame(ranked), len(draws), pd.concat(claims, ignore_index=True))


def rank_of_first(values: Float[Tensor, " numbers"], rng: torch.Generator) -> int:
    """Return how many of the others are below the first number; of equal ones, as many as chance
    has it.
    """
    first, others = values[0], values[1:]
    ties = int((others == first).sum())
    return int((others < first).sum()) + int(torch.randint(ties + 1, (1,), generator=rng))
