"""What every explorer promises, and what those that bend their way share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.errors import InputError
from eglass.exploration.start import Explorer, Solutions
from eglass.geometry import Geometry


class SolutionExplorer(ABC):
    """From G(z0) and the geometry around it to N solutions.

    Attributes:
        name: what tables and figures call it.
        from_scratch: it uses neither z0 nor its geometry, and owes nothing to what they cost.
    """

    name: str
    from_scratch: ClassVar[bool] = False

    @abstractmethod
    def __call__(
        self, walker: Explorer, geometry: Geometry, *, count: int, rng: torch.Generator
    ) -> Solutions:
        """Return `count` solutions; what is infeasible is there, and marked.

        Args:
            walker: the generator, the problem, LPIPS and z0.
            geometry: of z0.
            rng: where an explorer draws from, if it draws.

        Raises:
            InputError: a setting is out of range.
        """


def check_positive(explorer: SolutionExplorer, *names: str) -> None:
    """Refuse settings that are not positive.

    Raises:
        InputError: one is not.
    """
    for name in names:
        value = getattr(explorer, name)
        if not value > 0:
            raise InputError(f"explorer's {name} is {value}: expected more than 0")


def damped_inverse(geometry: Geometry, damping: float) -> Float[Tensor, "latent latent"]:
    """Return (H_Y + λI)⁻¹, the identity's share where an eigenvalue is not known."""
    U, Lambda = geometry.U, geometry.Lambda.clamp(min=0)
    identity = torch.eye(len(U)).to(U)
    return identity / damping - U * (1 / damping - 1 / (Lambda + damping)) @ U.T


def within_shell(
    latents: Float[Tensor, "count latent"], walker: Explorer
) -> Float[Tensor, "count latent"]:
    """Pull latents back that are farther out than both z0 and a typical draw of the prior."""
    prior = walker.generator.prior
    typical = (prior.dim * prior.second_moment) ** 0.5
    outermost = max(typical, float(walker.z0.norm()))
    return latents * (outermost / latents.norm(dim=1, keepdim=True)).clamp(max=1)


def unit(vectors: Float[Tensor, "count latent"]) -> Float[Tensor, "count latent"]:
    """Scale every vector to unit length; zero stays zero."""
    return torch.nn.functional.normalize(vectors)


def measured(
    walker: Explorer, latents: Float[Tensor, "count latent"]
) -> tuple[Float[Tensor, " count"], Float[Tensor, "count latent"]]:
    """Return ℓ2 and ½ ∂ℓ2/∂z = J_φᵀ r of every latent."""
    z = latents.detach().requires_grad_()
    with torch.enable_grad():
        l2 = walker.problem.l2(walker.generator(z))
        (gradient,) = torch.autograd.grad(l2.sum(), z)
    return l2.detach(), gradient / 2
