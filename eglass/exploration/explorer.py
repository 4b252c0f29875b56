"""The interface of all explorers, and functions that several of them share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.exploration.solutions import Solutions
from eglass.exploration.start import StartingPoint
from eglass.geometry import Geometry
from eglass.progress import Progress, silent
from eglass.records.names import Method


class Explorer(ABC):
    """From one solution to many.

    Attributes:
        method: what tables and figures call it.
        from_scratch: it uses neither z0, nor the geometry, nor the threshold: its time leaves out
            inversion and geometry.
    """

    method: ClassVar[Method]
    from_scratch: ClassVar[bool] = False

    @abstractmethod
    def __call__(
        self,
        start: StartingPoint,
        *,
        count: int,
        rng: torch.Generator,
        progress: Progress = silent,
    ) -> Solutions:
        """Return `count` solutions; what is infeasible is there, and marked.

        Args:
            start: where to start from.
            rng: where an explorer draws from, if it draws.
            progress: called now and then, and may end the exploration by raising.

        Raises:
            InputError: as `check`.
        """

    def check(self, dim: int) -> None:  # noqa: B027  most have nothing to refuse
        """Refuse settings that a latent of this dimension does not allow, before any computation.

        Raises:
            InputError: there are no such eigenvectors.
        """


def damped_inverse(geometry: Geometry, damping: float) -> Float[Tensor, "latent latent"]:
    """Return (H_Y + λI)⁻¹.

    Args:
        geometry: whose H_Y.
        damping: λ, more than 0.
    """
    return geometry.U / (geometry.Lambda.clamp(min=0) + damping) @ geometry.U.T


def within_shell(
    latents: Float[Tensor, "count latent"], start: StartingPoint
) -> Float[Tensor, "count latent"]:
    """Return latents of norm at most that of z0, or of a typical draw of the prior if that is
    larger; longer ones are scaled down.
    """
    prior = start.generator.prior
    typical = (prior.dim * prior.second_moment) ** 0.5
    outermost = max(typical, float(start.z0.norm()))
    return latents * (outermost / latents.norm(dim=1, keepdim=True)).clamp(max=1)


def unit(vectors: Float[Tensor, "count latent"]) -> Float[Tensor, "count latent"]:
    """Scale every vector to unit length; zero stays zero."""
    return torch.nn.functional.normalize(vectors)


def l2_and_gradient(
    start: StartingPoint, latents: Float[Tensor, "count latent"]
) -> tuple[Float[Tensor, " count"], Float[Tensor, "count latent"]]:
    """Return ℓ2 of every latent, and half its gradient, which is J_φᵀ r with the residual r."""
    z = latents.detach().requires_grad_()
    with torch.enable_grad():
        l2 = start.problem.l2(start.generator(z))
        (gradient,) = torch.autograd.grad(l2.sum(), z)
    return l2.detach(), gradient / 2
