"""A generator that is linear, so that the posterior is known in closed form."""

from __future__ import annotations

import torch

from eglass.generators import GaussianPrior, Generator, Prior
from eglass.problems import LinearFunction, Problem
from eglass.weights import Provenance

SIZE = (1, 4, 4)


class Linear(Generator):
    """Images W z: no more than that."""

    def __init__(self, dim: int = 6, seed: int = 0, prior: Prior | None = None):
        super().__init__()
        self.latent_dim, self.image_size = dim, SIZE
        self.prior = GaussianPrior(dim) if prior is None else prior
        self.provenance = Provenance("random", None, trained=False)
        rng = torch.Generator().manual_seed(seed)
        self.weight = torch.nn.Parameter(
            torch.randn(16, dim, generator=rng) * torch.logspace(-0.5, -1.5, dim), False
        )

    def forward(self, latents):
        return (latents @ self.weight.T).unflatten(1, SIZE)


def half_measured(generator: Generator, z: torch.Tensor, threshold: float = 1e-2) -> Problem:
    """Return the problem that sees the upper half of an image."""
    kept = torch.zeros(1, *SIZE)
    kept[:, :, :2] = 1
    physics = LinearFunction(lambda x: x * kept, SIZE)
    return Problem.simulate(physics, generator(z[None]), threshold=threshold)


def gaussian_posterior(generator: Linear, problem: Problem, sigma: float):
    """Return mean and covariance of p(z | y) under Gaussian noise."""
    J = problem.push_forward(generator.weight.T.unflatten(1, SIZE)).T * problem.entries**0.5
    r = problem.residual(torch.zeros(1, *SIZE))[0] * problem.entries**0.5
    covariance = torch.linalg.inv(torch.eye(generator.latent_dim) + J.T @ J / sigma**2)
    return -covariance @ J.T @ r / sigma**2, covariance
