"""What a metric of what is seen promises."""

from __future__ import annotations

from abc import ABC, abstractmethod

from jaxtyping import Float
from torch import Tensor, nn

from eglass.weights import Provenance


class PerceptualMetric(nn.Module, ABC):
    """The squared distance of a feature map F: d(a, b) = ‖F(a) − F(b)‖², of images in [-1, 1].

    With such a distance the metric H_X is exactly JᵀJ, J the Jacobian of F ∘ G at z0. F must be
    differentiable in forward mode, and treat every image of a batch by itself.

    Attributes:
        key: what columns of tables are called after it: letters, digits and underscores.
        title: what captions and axes call it.
        provenance: where its weights come from.
    """

    key: str
    title: str
    provenance: Provenance

    @abstractmethod
    def features(
        self, images: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch features"]:
        """Return F of images in [-1, 1]."""

    def forward(
        self,
        first: Float[Tensor, "#batch channels height width"],
        second: Float[Tensor, "#batch channels height width"],
    ) -> Float[Tensor, " batch"]:
        """Return the distance between images, pair by pair; one against many broadcasts."""
        return (self.features(first) - self.features(second)).square().sum(1)
