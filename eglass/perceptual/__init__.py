"""What is seen: feature maps whose squared distance is a perceptual one."""

from eglass.perceptual.base import PerceptualMetric
from eglass.perceptual.layers import Layers
from eglass.perceptual.lpips import LPIPS
from eglass.perceptual.pixels import Pixels
from eglass.perceptual.weighted import WeightedSum

__all__ = ["LPIPS", "Layers", "PerceptualMetric", "Pixels", "WeightedSum"]
