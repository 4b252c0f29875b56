"""The Jacobians of generator, operator and LPIPS at one latent, by their products with vectors.

Forward mode (J t) and reverse mode (Jᵀ c), a batch of vectors at a time. A is linear: its Jacobian
is A itself and its transpose Aᵀ is the operator's adjoint, so that A is never differentiated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor
from torch.func import jvp, vjp, vmap
from torch.overrides import TorchFunctionMode

from eglass.generators.base import Generator
from eglass.perceptual import LPIPS
from eglass.problems import Problem

Images = Float[Tensor, "batch 3 height width"]


class Jacobians:
    """J_G at z0, and J_A and J_F at G(z0): the Jacobians of G, of ℓ2's residual, and of LPIPS's F.

    With φ = A ∘ G and ψ = F ∘ G, H_Y = J_φᵀ J_φ and H_X = J_ψᵀ J_ψ.
    """

    def __init__(
        self,
        generator: Generator,
        problem: Problem,
        perceptual: LPIPS,
        z0: Float[Tensor, " latent"],
    ):
        self.z0 = z0.detach()
        self.problem = problem
        self._G = lambda z: generator(z[None])[0]
        self._F = lambda x: perceptual.features(x[None])[0]
        with torch.no_grad():
            self.image = self._G(self.z0)

    @torch.no_grad()
    def residual_and_features(self) -> tuple[Float[Tensor, " entries"], Float[Tensor, " features"]]:
        """φ and ψ at z0 themselves: a pass without tangents."""
        image = self._G(self.z0)
        return self.problem.residual(image[None])[0], self._F(image)

    @torch.no_grad()
    def image_tangents(self, directions: Float[Tensor, "batch latent"]) -> Images:
        """J_G d."""
        with _FixedStatistics():
            return vmap(lambda d: jvp(self._G, (self.z0,), (d,))[1])(directions)

    @torch.no_grad()
    def measured(self, tangents: Images) -> Float[Tensor, "batch entries"]:
        """J_A t."""
        return self.problem.push_forward(tangents)

    @torch.no_grad()
    def perceived(self, tangents: Images) -> Float[Tensor, "batch features"]:
        """J_F t."""
        return vmap(lambda t: jvp(self._F, (self.image,), (t,))[1])(tangents)

    @torch.no_grad()
    def measured_metric(self, tangents: Images) -> Images:
        """J_Aᵀ J_A t."""
        return self.problem.pull_back(self.measured(tangents))

    @torch.no_grad()
    def perceived_metric(self, tangents: Images) -> Images:
        """J_Fᵀ J_F t."""
        return vmap(self._pull_back_features)(self.perceived(tangents))

    @torch.no_grad()
    def latent_cotangents(self, images: Images) -> Float[Tensor, "batch latent"]:
        """J_Gᵀ c."""
        return vmap(self._pull_back_images)(images)

    # What reverse mode keeps of the forward pass is kept for all products.
    @cached_property
    def _pull_back_images(self) -> Callable[[Tensor], Tensor]:
        pull_back = vjp(self._G, self.z0)[1]
        return lambda cotangent: pull_back(cotangent)[0]

    @cached_property
    def _pull_back_features(self) -> Callable[[Tensor], Tensor]:
        pull_back = vjp(self._F, self.image)[1]
        return lambda cotangent: pull_back(cotangent)[0]


class _FixedStatistics(TorchFunctionMode):
    """Computes batch norm with fixed statistics as the affine map that it then is.

    PyTorch's own forward mode differentiates the statistics as well, in several passes over the
    image: an eighth of the time that the DCGAN's metrics take.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func is F.batch_norm:
            return _batch_norm(*args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))


def _batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Stand in for `torch.nn.functional.batch_norm`."""
    if training or running_mean is None or running_var is None:
        return F.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
    scale = (running_var + eps).rsqrt()
    scale = scale if weight is None else weight * scale
    shift = -running_mean * scale if bias is None else bias - running_mean * scale
    across = (-1, *[1] * (input.ndim - 2))
    return input * scale.view(across) + shift.view(across)


@contextmanager
def full_precision() -> Iterator[None]:
    """Compute in single precision, where PyTorch would have a GPU round to TensorFloat-32.

    Rounding moves the kinks of ReLU and max-pooling, and with them the Jacobians: on the DCGAN by
    2 %, and the span of the top 20 eigenvectors by 0.1 radian.
    """
    backends: tuple[Any, ...] = (torch.backends.cudnn, torch.backends.cuda.matmul)
    before = [backend.allow_tf32 for backend in backends]
    try:
        for backend in backends:
            backend.allow_tf32 = False
        yield
    finally:
        for backend, allowed in zip(backends, before):
            backend.allow_tf32 = allowed
