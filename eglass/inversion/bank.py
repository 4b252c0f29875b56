"""A bank of latents whose measurements are known: where to start a search from."""

from __future__ import annotations

from functools import cached_property
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.generators.base import Generator
from eglass.problems import Problem
from eglass.progress import Progress, silent

#: Operators whose measurements are kept for a generator: those that were asked for last.
KEPT = 2
#: The regression's ridge, a share of the mean square of a measurement.
RIDGE = 0.1


class Measured:
    """Latents and their measurements by one operator, and what is linear between the two.

    Measurements may have millions of entries: of them only inner products are taken.
    """

    def __init__(
        self, latents: Float[Tensor, "size latent"], measurements: Float[Tensor, "size entries"]
    ):
        self.latents = latents
        self.mean = measurements.mean(0)
        #: Less their mean, beside which what differs between them would be lost to rounding.
        self.measurements = measurements - self.mean

    def corrected(self, y: Float[Tensor, "1 entries"], count: int) -> Float[Tensor, "count latent"]:
        """Return zᵢ + R(y) − R(yᵢ) of the latents whose measurements yᵢ are nearest to y.

        R is the ridge regression of latents on measurements, in its dual form. In the linear
        Gaussian case these are draws of the posterior: Matheron's rule; Wilson et al., "Pathwise
        conditioning of Gaussian processes", JMLR 22, 2021, Eq. 11.

        Args:
            y: the measurement.
            count: of latents, from 1 to the size of the bank.
        """
        products = (y - self.mean) @ self.measurements.T
        at = (self._gram.diagonal() - 2 * products[0]).topk(count, largest=False).indices
        return self.latents[at] + (products - self._gram[at]) @ self._weights

    @cached_property
    def metric(self) -> Float[Tensor, "latent latent"]:
        """JᵀJ of the linear measurement y ≈ ȳ + J (z − z̄) that fits best.

        By Stein's lemma J is the mean, over a Gaussian prior, of the Jacobian of the measurement:
        this is what the metrics H_Y of all latents have in common.
        """
        inverse = torch.linalg.pinv(self._centred)
        return inverse @ self._gram @ inverse.T

    @property
    def _centred(self) -> Float[Tensor, "size latent"]:
        return self.latents - self.latents.mean(0)

    @cached_property
    def _gram(self) -> Float[Tensor, "size size"]:
        return self.measurements @ self.measurements.T

    @cached_property
    def _weights(self) -> Float[Tensor, "size latent"]:
        ridge = RIDGE * self._gram.diagonal().mean()
        return torch.linalg.solve(
            self._gram + ridge * torch.eye(len(self._gram)).to(ridge), self._centred
        )


class LatentBank:
    """Draws from the prior, each measured once for a generator and an operator, then kept.

    Measuring costs one forward pass for each latent; every further measurement of the same
    operator only looks them up, as long as few others came in between.

    Args:
        size: number of latents.
        seed: of the draws.
    """

    def __init__(self, size: int, seed: int = 0):
        self.size = size
        self.seed = seed
        self._measured: WeakKeyDictionary[Generator, dict[bytes, Measured]] = WeakKeyDictionary()

    def latents(self, generator: Generator) -> Float[Tensor, "size latent"]:
        """Return the latents, the same ones every time."""
        return generator.sample(self.size, torch.Generator().manual_seed(self.seed))

    def starts(
        self, generator: Generator, problem: Problem, count: int, progress: Progress = silent
    ) -> Float[Tensor, "count latent"]:
        """Return where to search from: the latents that explain a measurement best, corrected."""
        known = self.measured(generator, problem, progress)
        return known.corrected(entries(problem), min(count, self.size))

    @torch.no_grad()
    def measured(
        self, generator: Generator, problem: Problem, progress: Progress = silent
    ) -> Measured:
        """Return the latents with their measurements by a problem's operator."""
        known = self._measured.setdefault(generator, {})
        # Linear operators that agree on a random image are the same.
        rng = torch.Generator().manual_seed(self.seed)
        probe = torch.rand(1, *problem.image_size, generator=rng).to(problem.device)
        key = problem.push_forward(probe).cpu().numpy().tobytes()
        if key not in known:
            latents, parts = self.latents(generator), []
            for z in latents.split(50):
                parts.append(problem.push_forward(generator(z) + 1))
                progress("bank", sum(map(len, parts)), self.size)
            known[key] = Measured(latents, torch.cat(parts))
        # The one that was asked for last comes last.
        known[key] = known.pop(key)
        for oldest in list(known)[:-KEPT]:
            del known[oldest]
        return known[key]


@torch.no_grad()
def entries(problem: Problem) -> Float[Tensor, "1 entries"]:
    """Return a problem's measurement, as `push_forward` has those of images above black."""
    # A is linear: black leaves −y of the residual.
    black = -torch.ones(1, *problem.image_size, device=problem.device)
    return -problem.residual(black)
