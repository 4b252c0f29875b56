"""What a measurement leaves open: p(z | y), of a frozen generator and a belief about the noise."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.func import jvp, vmap

from eglass.generators import Generator
from eglass.posterior.noise import Noise, UniformBall, measured_numbers
from eglass.posterior.rounded import Rounded
from eglass.problems import Problem

#: Images that are made at a time.
CHUNK = 100


class Posterior:
    """The distribution of the Gaussian numbers that latents are made of, given a measurement.

    Args:
        problem: the measurement.
        generator: what makes images; it stays as it is.
        noise: what is believed of it; none is uniform in the ball of the problem's threshold.

    Raises:
        InputError: the generator's prior is not made of Gaussian numbers.
    """

    def __init__(self, problem: Problem, generator: Generator, noise: Noise | None = None):
        self.problem = problem
        self.generator = generator
        self.noise = UniformBall(threshold=problem.threshold) if noise is None else noise
        self._network: Callable[[Tensor], Tensor] = generator
        self.normal = generator.prior.normal
        self.entries = measured_numbers(problem)

    @property
    def dim(self) -> int:
        """How many Gaussian numbers a latent is made of."""
        return self.normal.dim

    def with_noise(self, noise: Noise) -> Posterior:
        """Return the same measurement with something else believed of its noise."""
        changed = copy.copy(self)
        changed.noise = noise
        return changed

    def rounded(self) -> Posterior:
        """Return the same with a copy of the generator in bfloat16: an approximation."""
        changed = copy.copy(self)
        changed._network = Rounded(self.generator)
        return changed

    def draw(self, count: int, rng: torch.Generator) -> Float[Tensor, "count dim"]:
        """Draw from the prior."""
        z = torch.randn(count, self.dim, generator=rng) * self.normal.scale
        while (out := z.abs() > self.normal.bound).any():
            z[out] = torch.randn(int(out.sum()), generator=rng) * self.normal.scale
        return z.to(self.generator.device)

    def momenta(self, count: int, rng: torch.Generator) -> Float[Tensor, "count dim"]:
        """Draw from the prior's Gaussian, whatever it leaves out."""
        z = torch.randn(count, self.dim, generator=rng) * self.normal.scale
        return z.to(self.generator.device)

    def within(self, z: Float[Tensor, "count dim"]) -> Bool[Tensor, " count"]:
        """Say which numbers the prior does not leave out."""
        return (z.abs() <= self.normal.bound).all(1)

    @torch.no_grad()
    def images(self, z: Float[Tensor, "count dim"]) -> Float[Tensor, "count channels height width"]:
        """Return the images of some draws, in [-1, 1]."""
        return torch.cat([self._image(part) for part in z.split(CHUNK)])

    @torch.no_grad()
    def l2(self, z: Float[Tensor, "count dim"]) -> Float[Tensor, " count"]:
        """Return ℓ2 of each, infinite where the prior leaves it out."""
        found = [self.problem.l2(self._image(part)) for part in z.split(CHUNK)]
        return torch.where(self.within(z), torch.cat(found), torch.inf)

    def l2_and_gradient(
        self, z: Float[Tensor, "count dim"]
    ) -> tuple[Float[Tensor, " count"], Float[Tensor, "count dim"]]:
        """Return ℓ2 of each, and its gradient."""
        values, gradients = [], []
        for part in z.split(CHUNK):
            at = part.detach().requires_grad_()
            with torch.enable_grad():
                l2 = self.problem.l2(self._image(at))
                (gradient,) = torch.autograd.grad(l2.sum(), at)
            values.append(l2.detach())
            gradients.append(gradient)
        l2 = torch.where(self.within(z), torch.cat(values), torch.inf)
        return l2, torch.cat(gradients)

    def log_prior(self, z: Float[Tensor, "count dim"]) -> Float[Tensor, " count"]:
        """Return log p(z) up to a constant: −∞ where the prior leaves it out."""
        log_p = -z.square().sum(1) / (2 * self.normal.scale**2)
        return torch.where(self.within(z), log_p, -torch.inf)

    def log_likelihood(self, l2: Float[Tensor, " count"]) -> Float[Tensor, " count"]:
        """Return log p(y | z) up to a constant, of draws with such ℓ2."""
        return self.noise.log_likelihood(l2, self.entries)

    def log_density(self, z: Float[Tensor, "count dim"]) -> Float[Tensor, " count"]:
        """Return log p(z | y) up to a constant."""
        return self.log_prior(z) + self.log_likelihood(self.l2(z))

    def limit(self, l2: Float[Tensor, " count"], rng: torch.Generator) -> Float[Tensor, " count"]:
        """Draw a slice for each: the ℓ2 up to which others lie in it."""
        return self.noise.limit(l2, self.entries, rng)

    @torch.no_grad()
    def metric(self, z: Float[Tensor, "count dim"]) -> Float[Tensor, "dim dim"]:
        """Return the mean of H_Y over some draws."""
        return torch.stack(list(self._metrics(z))).mean(0)

    def _metrics(self, z: Float[Tensor, "count dim"]) -> Iterator[Float[Tensor, "dim dim"]]:
        directions = torch.eye(self.dim, device=z.device)
        for at in z:
            tangents = vmap(lambda t: jvp(lambda u: self._image(u[None])[0], (at,), (t,))[1])  # noqa: B023
            J = torch.cat([self.problem.push_forward(tangents(d)) for d in directions.split(25)])
            yield J @ J.T

    def _image(self, z: Float[Tensor, "count dim"]) -> Float[Tensor, "count channels height width"]:
        return self._network(self.generator.prior.from_normal(z))
