"""Latent distributions: how to draw a latent, and how typical one is."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from jaxtyping import Float
from scipy.stats import truncnorm
from torch import Tensor

from eglass.errors import InputError


@dataclass(frozen=True)
class Normal:
    """Independent Gaussian entries of mean 0; draws with an entry beyond ±`bound` are left out.

    Attributes:
        dim: how many entries.
        scale: their standard deviation, before any is left out.
        bound: the largest that is left in.
    """

    dim: int
    scale: float = 1.0
    bound: float = math.inf


class Prior(ABC):
    """A distribution of latents with zero mean, whose entries are independent unless it says so."""

    dim: int
    #: Second and fourth moment of one entry.
    second_moment: float
    fourth_moment: float

    @abstractmethod
    def sample(self, count: int, rng: torch.Generator) -> Float[Tensor, "count latent"]:
        """Draw `count` latents with the given random number generator, on the CPU."""

    def atypicality(self, latents: Float[Tensor, "batch latent"]) -> Float[Tensor, " batch"]:
        """Standard score of the squared norm: 0 is typical, beyond ±3 is not a plausible draw."""
        mean = self.dim * self.second_moment
        variance = self.dim * (self.fourth_moment - self.second_moment**2)
        return (latents.square().sum(1) - mean) / math.sqrt(variance)

    @property
    def normal(self) -> Normal:
        """The Gaussian numbers that draws are made of, by `from_normal`: what exact samplers
        move.

        Raises:
            InputError: it is not made of Gaussian numbers.
        """
        raise InputError(
            f"{type(self).__name__} is not made of Gaussian numbers: exact draws need a prior "
            "with `normal` and `from_normal`, such as GaussianPrior"
        )

    def from_normal(self, numbers: Float[Tensor, "count dim"]) -> Float[Tensor, "count latent"]:
        """Return the latents that are made of draws of `normal`: the same, unless it says so."""
        return numbers


class GaussianPrior(Prior):
    """Standard normal entries.

    Args:
        dim: of a latent, 1 or more.
    """

    second_moment = 1.0
    fourth_moment = 3.0

    def __init__(self, dim: int):
        self.dim = dim

    @property
    def normal(self) -> Normal:
        """Itself."""
        return Normal(self.dim)

    def sample(self, count: int, rng: torch.Generator) -> Float[Tensor, "count latent"]:
        return torch.randn(count, self.dim, generator=rng)


class TruncatedNormalPrior(Prior):
    """Standard normal entries truncated to [-2, 2], then scaled by `truncation` (BigGAN).

    Source: `truncated_noise_sample` of pytorch-pretrained-biggan.

    Args:
        dim: of a latent, 1 or more.
        truncation: in (0, 1]; less of it gives images that are more typical, and less varied.
    """

    _cut = 2.0

    def __init__(self, dim: int, truncation: float = 1.0):
        self.dim = dim
        self.truncation = truncation
        self.second_moment = truncation**2 * truncnorm.moment(2, -self._cut, self._cut)
        self.fourth_moment = truncation**4 * truncnorm.moment(4, -self._cut, self._cut)

    @property
    def normal(self) -> Normal:
        """Itself: a Gaussian in a box."""
        return Normal(self.dim, self.truncation, self._cut * self.truncation)

    def sample(self, count: int, rng: torch.Generator) -> Float[Tensor, "count latent"]:
        latents = torch.empty(count, self.dim)
        torch.nn.init.trunc_normal_(latents, a=-self._cut, b=self._cut, generator=rng)
        return self.truncation * latents
