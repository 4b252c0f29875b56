"""What is believed of the noise in a measurement: how likely an image is by its ℓ2 alone.

Both kinds are functions of ℓ2, so that a slice under either likelihood is a ball {ℓ2 ≤ limit}:
samplers need nothing else of them.
"""

from __future__ import annotations

import math
from typing import ClassVar, Protocol

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.problems import Problem
from eglass.problems.measurements import each, flattened, unflattened
from eglass.settings import Positive, settings

#: Halvings of an interval of logarithms in which a root lies.
HALVINGS = 100


class Noise(Protocol):
    """A distribution of n in y = A x + n that looks at its length alone.

    Attributes:
        bears_rounding: whether slices are wider than what bfloat16 is off by, so that moves may be
            made in it.
    """

    bears_rounding: ClassVar[bool]

    @property
    def width(self) -> float:
        """Its one number: the narrower, the smaller."""

    def log_likelihood(self, l2: Float[Tensor, " count"], entries: int) -> Float[Tensor, " count"]:
        """Return log p(y | x) up to a constant, of images with such ℓ2.

        Args:
            l2: mean squared errors.
            entries: how many real numbers are measured.
        """

    def limit(
        self, l2: Float[Tensor, " count"], entries: int, rng: torch.Generator
    ) -> Float[Tensor, " count"]:
        """Draw the ℓ2 up to which images lie in a slice: as likely as a uniform share of each."""

    def damping(self, eigenvalues: Float[Tensor, " latent"], entries: int) -> float:
        """Return s > 0 such that Λ/(Λ + s) is how much a measurement says along an eigenvector.

        Args:
            eigenvalues: Λ of H_Y.
            entries: how many real numbers are measured.
        """

    def noisy(self, problem: Problem, rng: torch.Generator) -> Problem:
        """Return the problem with such noise added to its measurement."""


@settings
class UniformBall:
    """Every n of mean square up to a threshold is equally likely, and no other.

    p(z | y) is then the prior restricted to ℓ2 ≤ τ: the exact set of feasible images.

    Attributes:
        threshold: τ, on ℓ2.
    """

    bears_rounding: ClassVar[bool] = True

    threshold: Positive

    @property
    def width(self) -> float:
        """The threshold."""
        return self.threshold

    def log_likelihood(self, l2: Float[Tensor, " count"], entries: int) -> Float[Tensor, " count"]:
        """Return 0 within, −∞ outside."""
        return torch.where(l2 <= self.threshold, 0.0, -math.inf)

    def limit(
        self, l2: Float[Tensor, " count"], entries: int, rng: torch.Generator
    ) -> Float[Tensor, " count"]:
        """Return τ for each."""
        return torch.full_like(l2, self.threshold)

    def damping(self, eigenvalues: Float[Tensor, " latent"], entries: int) -> float:
        """Return s with s Σ Λ/(Λ + s) = τ: moves of all that it leaves open add τ to ℓ2."""
        low, high = -40.0, 20.0
        for _ in range(HALVINGS):
            s = math.exp((low + high) / 2)
            if s * float((eigenvalues / (eigenvalues + s)).sum()) < self.threshold:
                low = math.log(s)
            else:
                high = math.log(s)
        return math.exp(high)

    def noisy(self, problem: Problem, rng: torch.Generator) -> Problem:
        """Return the problem with n uniform in the ball."""
        n = _normal(problem, rng)
        dim = measured_numbers(problem)
        radius = math.sqrt(problem.entries * self.threshold) * torch.rand(1, generator=rng) ** (
            1 / dim
        )
        return _with(problem, n * (radius.to(n) / n.norm()))


@settings
class GaussianNoise:
    """Independent Gaussian numbers.

    Attributes:
        sigma: standard deviation of each real number of y.
    """

    bears_rounding: ClassVar[bool] = False

    sigma: Positive

    @property
    def width(self) -> float:
        """The standard deviation."""
        return self.sigma

    def log_likelihood(self, l2: Float[Tensor, " count"], entries: int) -> Float[Tensor, " count"]:
        """Return −m ℓ2 / (2σ²)."""
        return -entries * l2 / (2 * self.sigma**2)

    def limit(
        self, l2: Float[Tensor, " count"], entries: int, rng: torch.Generator
    ) -> Float[Tensor, " count"]:
        """Return ℓ2 + 2σ²E/m, E exponential."""
        share = torch.empty(len(l2)).exponential_(generator=rng).to(l2)
        return l2 + 2 * self.sigma**2 / entries * share

    def damping(self, eigenvalues: Float[Tensor, " latent"], entries: int) -> float:
        """Return σ²/m: along an eigenvector the posterior's variance is s/(Λ + s)."""
        return self.sigma**2 / entries

    def noisy(self, problem: Problem, rng: torch.Generator) -> Problem:
        """Return the problem with Gaussian n."""
        return _with(problem, self.sigma * _normal(problem, rng))


def measured_numbers(problem: Problem) -> int:
    """Return how many real numbers are measured: complex entries count twice."""
    return int(_mask(problem).sum())


def _mask(problem: Problem) -> Float[Tensor, "1 entries"]:
    """Return 1 for each real number that is measured, 0 for others."""

    def twice_if_complex(measured: Tensor, y: Tensor) -> Tensor:
        ones = measured.to(torch.float32)
        return torch.complex(ones, ones) if y.is_complex() else ones

    return flattened(each(twice_if_complex, problem.measured, problem.measurement))


def _normal(problem: Problem, rng: torch.Generator) -> Float[Tensor, "1 entries"]:
    """Draw standard normal numbers where there is a measurement, 0 elsewhere."""
    mask = _mask(problem)
    return torch.randn(mask.shape, generator=rng).to(mask) * mask


def _with(problem: Problem, n: Float[Tensor, "1 entries"]) -> Problem:
    y = each(torch.add, problem.measurement, unflattened(n, problem.measurement))
    return problem.with_measurement(y)
