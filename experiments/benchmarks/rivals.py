"""Other ways to the same metrics, as well as we could write them.

Each takes what `eglass.geometry.pullback_metrics` takes. Unlike ours, all but `forward_passes`
differentiate A.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor
from torch.func import vjp, vmap

from eglass.generators import Generator
from eglass.perceptual import LPIPS
from eglass.problems import Problem

Metric = Float[Tensor, "latent latent"]


class _Distances:
    """½ℓ2 between A G(z) and A G(z0), and ½LPIPS between G(z) and G(z0), for a batch of z."""

    def __init__(self, generator: Generator, problem: Problem, perceptual: LPIPS, z0: Tensor):
        self.generator, self.problem, self.perceptual = generator, problem, perceptual
        with torch.no_grad():
            image = generator(z0[None])
            self.residual, self.features = problem.residual(image), perceptual.features(image)

    def __call__(self, z: Float[Tensor, "batch latent"]) -> tuple[Tensor, Tensor]:
        image = self.generator(z)
        return (
            (self.problem.residual(image) - self.residual).square().sum() / 2,
            (self.perceptual.features(image) - self.features).square().sum() / 2,
        )


def double_backward(
    generator: Generator, problem: Problem, perceptual: LPIPS, z0: Float[Tensor, " latent"]
) -> tuple[Metric, Metric]:
    """Differentiate the gradient once per latent dimension.

    As the code of Wang and Ponce, "A geometric analysis of deep generative image models and its
    applications", ICLR 2021, does; here both metrics share the generator's pass.
    """
    z = z0.detach().clone().requires_grad_()
    H_Y, H_X = (
        torch.stack([torch.autograd.grad(g, z, retain_graph=True)[0] for g in gradient])
        for gradient in _gradients(generator, problem, perceptual, z)
    )
    return H_Y, H_X


def _gradients(
    generator: Generator, problem: Problem, perceptual: LPIPS, z: Float[Tensor, " latent"]
) -> list[Float[Tensor, " latent"]]:
    """Return both gradients at z itself, with their graphs."""
    distances = _Distances(generator, problem, perceptual, z.detach())(z[None])
    return [torch.autograd.grad(d, z, create_graph=True)[0] for d in distances]


def reverse_jacobian(
    generator: Generator,
    problem: Problem,
    perceptual: LPIPS,
    z0: Float[Tensor, " latent"],
    *,
    chunk: int,
    rows: int | None = None,
) -> tuple[Metric, Metric]:
    """Compute the rows of J_φ and of J_ψ by reverse mode, a chunk at a time.

    Args:
        chunk: rows at a time.
        rows: stop after so many rows of J_ψ, for timing: H_X is then incomplete.
    """

    def gram(function: Callable[[Tensor], Tensor], most: int | None) -> Metric:
        value, pull_back, *_ = vjp(function, z0.detach())
        H = z0.new_zeros(len(z0), len(z0))
        for at in torch.arange(len(value), device=z0.device)[:most].split(chunk):
            cotangents = torch.nn.functional.one_hot(at, len(value)).to(value)
            (J,) = vmap(pull_back)(cotangents)
            H += J.T @ J
        return H

    H_Y = gram(lambda z: problem.residual(generator(z[None]))[0], None)
    H_X = gram(lambda z: perceptual.features(generator(z[None]))[0], rows)
    return H_Y, H_X


def finite_differences(
    generator: Generator,
    problem: Problem,
    perceptual: LPIPS,
    z0: Float[Tensor, " latent"],
    *,
    step: float,
    chunk: int,
) -> tuple[Metric, Metric]:
    """Central differences of the gradients, a chunk of latent dimensions at a time."""
    distances = _Distances(generator, problem, perceptual, z0)
    H: tuple[list[Tensor], list[Tensor]] = ([], [])
    for E in torch.eye(len(z0), dtype=z0.dtype, device=z0.device).split(chunk):
        z = torch.cat([z0 + step * E, z0 - step * E]).detach().requires_grad_()
        both = distances(z)
        for i, distance in enumerate(both):
            (gradient,) = torch.autograd.grad(distance, z, retain_graph=i == 0)
            ahead, behind = gradient.chunk(2)
            H[i].append((ahead - behind) / (2 * step))
    H_Y, H_X = (torch.cat(rows) for rows in H)
    return (H_Y + H_Y.T) / 2, (H_X + H_X.T) / 2


def lanczos(
    generator: Generator,
    problem: Problem,
    perceptual: LPIPS,
    z0: Float[Tensor, " latent"],
    *,
    rank: int,
    tolerance: float,
) -> tuple[Metric, Metric]:
    """Return the best approximations of a rank, by ARPACK on Hessian-vector products.

    The products are by double backward, as in the code of Wang and Ponce.
    """
    z = z0.detach().clone().requires_grad_()
    H_Y, H_X = (
        _top(gradient, z, rank, tolerance)
        for gradient in _gradients(generator, problem, perceptual, z)
    )
    return H_Y, H_X


def _top(gradient: Tensor, z: Tensor, rank: int, tolerance: float) -> Metric:
    def product(v: np.ndarray) -> np.ndarray:
        direction = torch.from_numpy(v).to(z)
        (found,) = torch.autograd.grad(gradient, z, direction, retain_graph=True)
        return found.cpu().double().numpy()

    H = LinearOperator((len(z), len(z)), matvec=product, dtype=np.float64)
    first = np.random.default_rng(0).standard_normal(len(z))
    values, vectors = eigsh(H, k=rank, tol=tolerance, v0=first)
    return torch.from_numpy(vectors * values @ vectors.T).to(z.detach())


@torch.inference_mode()
def forward_passes(
    generator: Generator,
    perceptual: LPIPS,
    z0: Float[Tensor, " latent"],
    *,
    batch: int,
    count: int | None = None,
) -> None:
    """The floor: as many passes of generator and feature network as the latent has dimensions.

    Args:
        batch: latents at a time.
        count: so many passes instead.
    """
    for z in z0.expand(count or len(z0), -1).split(batch):
        perceptual.features(generator(z))
