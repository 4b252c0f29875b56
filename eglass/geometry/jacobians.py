"""The Jacobians of generator, operator and feature map at one latent, as products with vectors.

Forward mode (J t) and reverse mode (Jᵀ c), a batch of vectors at a time. A is linear: its Jacobian
is A itself and its transpose Aᵀ is the operator's adjoint, so that A is never differentiated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import jvp, vjp, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel

from eglass.generators.base import Generator
from eglass.geometry.affine import AffineMaps
from eglass.geometry.memory import storage_key
from eglass.geometry.tape import Tape
from eglass.perceptual import PerceptualMetric
from eglass.problems import Problem

Images = Float[Tensor, "batch channels height width"]


class Jacobians:
    """J_G at z0, and J_A and J_F at G(z0): the Jacobians of G, of ℓ2's residual, of the metric's F.

    With φ = A ∘ G and ψ = F ∘ G, H_Y = J_φᵀ J_φ and H_X = J_ψᵀ J_ψ.
    """

    @torch.no_grad()
    def __init__(
        self,
        generator: Generator,
        problem: Problem,
        perceptual: PerceptualMetric,
        z0: Float[Tensor, " latent"],
    ):
        self.z0 = z0.detach()
        self.problem = problem
        self.image = generator(self.z0[None])[0]
        #: What a row of φ's and ψ's derivatives takes.
        self.row_bytes = (
            problem.residual(self.image[None]).nbytes + perceptual.features(self.image[None]).nbytes
        )
        self._of_G = _Derivative(lambda z: generator(z[None])[0], self.z0)
        self._of_F = _Derivative(lambda x: perceptual.features(x[None])[0], self.image)
        networks = (generator, perceptual)
        self._weights = {storage_key(w) for network in networks for w in network.parameters()}

    @property
    def kept_bytes(self) -> int:
        """What is kept of the pass at z0, in bytes; weights are there anyway."""
        kept = {storage_key(t): t for t in (*self._of_G.kept, *self._of_F.kept)}
        return sum(kept[key].untyped_storage().nbytes() for key in kept.keys() - self._weights)

    @torch.no_grad()
    def record(self) -> None:
        """Record J_G and J_F at z0, so that products from then on skip the pass at z0.

        It takes as long as a product or two, and what products need of the pass stays in memory.

        Raises:
            Exception: whatever cannot be recorded of code that is not ours; products are right all
                the same.
        """
        self._of_F.record(self._of_G.record(torch.ones_like(self.z0)))

    @torch.no_grad()
    def image_tangents(self, directions: Float[Tensor, "batch latent"]) -> Images:
        """J_G d."""
        return self._of_G(directions)

    @torch.no_grad()
    def measured(self, tangents: Images) -> Float[Tensor, "batch entries"]:
        """J_A t."""
        return self.problem.push_forward(tangents)

    @torch.no_grad()
    def perceived(self, tangents: Images) -> Float[Tensor, "batch features"]:
        """J_F t."""
        return self._of_F(tangents)

    @torch.no_grad()
    def perceived_metric(self, tangents: Images) -> Images:
        """J_Fᵀ J_F t."""
        return vmap(self._pull_back_features)(self.perceived(tangents))

    # What reverse mode keeps of the forward pass is kept for all products.
    @cached_property
    def _pull_back_features(self) -> Callable[[Tensor], Tensor]:
        pull_back = vjp(self._of_F.function, self.image)[1]
        return lambda cotangent: pull_back(cotangent)[0]


class _Derivative:
    """The derivative of a function at a point, as products with a batch of tangents."""

    def __init__(self, function: Callable[[Tensor], Tensor], at: Tensor):
        self.function, self._at = function, at
        self.kept: Sequence[Tensor] = ()
        self._product = self._computed

    def __call__(self, tangents: Tensor) -> Tensor:
        return vmap(self._product)(tangents)

    def record(self, tangent: Tensor) -> Tensor:
        """Return the product with a tangent, as which others are computed from then on."""
        with Tape(tangent) as tape:
            product = self._computed(tangent)
        recorded = tape.up_to(product)
        self._product, self.kept = recorded, recorded.kept
        return product

    def _computed(self, tangent: Tensor) -> Tensor:
        # Of attention, PyTorch has a forward mode of the formula alone.
        with AffineMaps(), sdpa_kernel(SDPBackend.MATH):
            return jvp(self.function, (self._at,), (tangent,))[1]


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
