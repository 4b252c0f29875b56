"""Plain pixels: the mean squared error."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from eglass.perceptual.base import PerceptualMetric
from eglass.weights import Provenance


class Pixels(PerceptualMetric):
    """The mean squared difference of pixels, of images mapped to [0, 1]."""

    key = "pixels"
    title = "pixel MSE"

    def __init__(self) -> None:
        super().__init__()
        self.provenance = Provenance("pixels", None)

    def features(
        self, images: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch features"]:
        """Return pixels over twice the square root of how many there are."""
        return images.flatten(1) / (2 * images[0].numel() ** 0.5)
