"""The Jacobians of generator, operator and feature map at one latent, as products with vectors.

Forward mode (J t) and reverse mode (Jᵀ c), a batch of vectors at a time. A is linear: its Jacobian
is A itself and its transpose Aᵀ is the operator's adjoint, so that A is never differentiated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import jvp, linearize, vjp, vmap

from eglass.generators.base import Generator
from eglass.geometry.affine import AffineMaps, Layers
from eglass.perceptual import PerceptualMetric
from eglass.problems import Problem

Images = Float[Tensor, "batch channels height width"]


class Jacobians:
    """J_G at z0, and J_A and J_F at G(z0): the Jacobians of G, of ℓ2's residual, of the metric's F.

    With φ = A ∘ G and ψ = F ∘ G, H_Y = J_φᵀ J_φ and H_X = J_ψᵀ J_ψ.

    Args:
        room: bytes that may be kept of the pass at z0, so that products need not compute it again.
    """

    def __init__(
        self,
        generator: Generator,
        problem: Problem,
        perceptual: PerceptualMetric,
        z0: Float[Tensor, " latent"],
        room: int = 0,
    ):
        self.z0 = z0.detach()
        self.problem = problem
        self._G = lambda z: generator(z[None])[0]
        self._F = lambda x: perceptual.features(x[None])[0]
        with torch.no_grad():
            with Layers(room) as layers:
                self.image = self._G(self.z0)
                of_G = len(layers.kept)
                features = self._F(self.image)
            residual = problem.residual(self.image[None])[0]
        self._push_latents: Callable[[Tensor], Tensor] = partial(
            _derivative, self._G, self.z0, layers.kept[:of_G]
        )
        self._push_images: Callable[[Tensor], Tensor] = partial(
            _derivative, self._F, self.image, layers.kept[of_G:]
        )
        networks = (generator, perceptual)
        #: What the weights of both networks take, a row of φ's and ψ's derivatives, and what is
        #: kept of the pass at z0.
        self.weight_bytes = sum(w.nbytes for network in networks for w in network.parameters())
        self.row_bytes = residual.nbytes + features.nbytes
        self.kept_bytes = layers.nbytes

    @torch.no_grad()
    def linearise(self) -> None:
        """Trace J_G and J_F at z0 once, so that later products skip the pass at z0 altogether.

        Tracing takes as long as ten to two hundred passes, the more the smaller they are, and what
        the products need of the pass stays in memory.

        Raises:
            Exception: whatever stops the tracer in code that is not ours; nothing has changed then.
        """
        push_latents, push_images = (
            linearize(function, at)[1]
            for function, at in ((self._G, self.z0), (self._F, self.image))
        )
        # What all products share is computed by the first one.
        push_images(push_latents(self.z0))
        self._push_latents, self._push_images = push_latents, push_images

    @torch.no_grad()
    def image_tangents(self, directions: Float[Tensor, "batch latent"]) -> Images:
        """J_G d."""
        return vmap(self._push_latents)(directions)

    @torch.no_grad()
    def measured(self, tangents: Images) -> Float[Tensor, "batch entries"]:
        """J_A t."""
        return self.problem.push_forward(tangents)

    @torch.no_grad()
    def perceived(self, tangents: Images) -> Float[Tensor, "batch features"]:
        """J_F t."""
        return vmap(self._push_images)(tangents)

    @torch.no_grad()
    def perceived_metric(self, tangents: Images) -> Images:
        """J_Fᵀ J_F t."""
        return vmap(self._pull_back_features)(self.perceived(tangents))

    # What reverse mode keeps of the forward pass is kept for all products.
    @cached_property
    def _pull_back_features(self) -> Callable[[Tensor], Tensor]:
        pull_back = vjp(self._F, self.image)[1]
        return lambda cotangent: pull_back(cotangent)[0]


def _derivative(
    function: Callable[[Tensor], Tensor], at: Tensor, layers: Sequence[Tensor], along: Tensor
) -> Tensor:
    with AffineMaps(layers):
        return jvp(function, (at,), (along,))[1]


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
