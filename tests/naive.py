"""Metrics as their definition reads, right and slow: the yardstick of `eglass.geometry`."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def hessian(distance: Callable[[Tensor], Tensor], z0: Tensor) -> Tensor:
    """Return ½ ∂²d(z)/∂z² at z0: the gradient, differentiated once per latent dimension."""
    z = z0.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(distance(z) / 2, z, create_graph=True)
    return torch.stack([torch.autograd.grad(g, z, retain_graph=True)[0] for g in gradient])


def measurement_metric(generator, problem, z0: Tensor) -> Tensor:
    """Return H_Y, the Hessian of ½ℓ2 between A G(z) and A G(z0)."""
    with torch.no_grad():
        image = generator(z0[None])

    def l2(z: Tensor) -> Tensor:
        change = problem.physics.A((generator(z[None]) - image) / 2)
        return change.square().sum() / problem.measured.sum()

    return hessian(l2, z0)


def perceptual_metric(generator, perceptual, z0: Tensor) -> Tensor:
    """Return H_X, the Hessian of ½LPIPS between G(z) and G(z0)."""
    with torch.no_grad():
        image = generator(z0[None])
    return hessian(lambda z: perceptual(generator(z[None]), image).sum(), z0)


def largest_angle(A: Tensor, B: Tensor) -> float:
    """Largest principal angle between the spans of orthonormal columns."""
    A, B = A.double(), B.double()
    return torch.linalg.matrix_norm(A - B @ (B.T @ A), 2).arcsin().item()
