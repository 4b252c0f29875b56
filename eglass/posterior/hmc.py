"""Hamiltonian Monte Carlo in the geometry's metric, for Gaussian noise.

Girolami and Calderhead, JRSS B, 2011, take the metric anew at each place; here it is one mean, so
that leapfrogs stay explicit. With the identity it is Patel and Oberai's sampler (2020).
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.errors import InputError
from eglass.posterior.kernels import GRADIENT, Info, State
from eglass.posterior.noise import GaussianNoise
from eglass.posterior.target import Posterior
from eglass.settings import Count, Positive, Share, settings


@settings
class HMC:
    """Leapfrog steps with a mass I/scale² + (m/σ²) H_Y, accepted by Metropolis.

    Attributes:
        factor: L with L Lᵀ the inverse of the mass.
        step_size: of a leapfrog, in units of the posterior's width.
        leaps: of them to a move.
        spread: by which share the step differs from one move to the next, either way.
    """

    factor: Tensor
    step_size: Positive = 0.2
    leaps: Count = 10
    spread: Share = 0.2

    @classmethod
    def of(
        cls, H_Y: Float[Tensor, "dim dim"], posterior: Posterior, *, step: float, leaps: int
    ) -> HMC:
        """Return the kernel with the mass that a mean metric asks for; of zeros, the prior's.

        Raises:
            InputError: the noise is not Gaussian.
        """
        if not isinstance(posterior.noise, GaussianNoise):
            raise InputError("HMC needs Gaussian noise: a ball's edge has no gradient")
        scale = posterior.normal.scale
        mass = torch.eye(len(H_Y)).double() / scale**2
        mass += posterior.entries / posterior.noise.sigma**2 * H_Y.double().cpu()
        factor = torch.linalg.cholesky(torch.linalg.inv(mass)).to(H_Y)
        return cls(factor=factor, step_size=step, leaps=leaps)

    def step(self, posterior: Posterior, state: State, rng: torch.Generator) -> tuple[State, Info]:
        """Return where the chains are after a move."""
        count = len(state.z)
        random = torch.randn(state.z.shape, generator=rng).to(state.z)
        size = self.step_size * (1 + self.spread * (2 * torch.rand(count, 1, generator=rng) - 1))
        size = size.to(state.z)
        # In coordinates in which the mass is one.
        z, l2, p = state.z, state.l2, random
        gradient = self._gradient(posterior, z)[1]
        for _ in range(self.leaps):
            p = p + size / 2 * gradient
            z = z + size * p @ self.factor.T
            l2, gradient = self._gradient(posterior, z)
            p = p + size / 2 * gradient

        def energy(z: Tensor, l2: Tensor, p: Tensor) -> Tensor:
            log_p = posterior.log_prior(z) + posterior.log_likelihood(l2)
            return log_p - p.square().sum(1) / 2

        gain = energy(z, l2, p) - energy(state.z, state.l2, random)
        accepted = torch.rand(count, generator=rng).to(gain).log() < gain
        return (
            State(torch.where(accepted[:, None], z, state.z), torch.where(accepted, l2, state.l2)),
            Info(GRADIENT * (self.leaps + 1) * count, float(accepted.float().mean())),
        )

    def _gradient(self, posterior: Posterior, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return ℓ2, and the gradient of log p(z | y) in these coordinates."""
        noise = posterior.noise
        assert isinstance(noise, GaussianNoise)
        l2, slope = posterior.l2_and_gradient(z)
        log_p = -z / posterior.normal.scale**2 - posterior.entries / (2 * noise.sigma**2) * slope
        return l2, log_p @ self.factor
