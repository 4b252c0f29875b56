"""Inversion as Lightning modules: the image-adaptive GAN, and the PULSE baseline."""

from eglass.inversion.image_adaptive import ImageAdaptation, ImageAdaptiveInversion, Inversion
from eglass.inversion.latent import LatentSearch
from eglass.inversion.pulse import Pulse, PulseResult, SphericalSearch, linear1cycledrop

__all__ = [
    "ImageAdaptation",
    "ImageAdaptiveInversion",
    "Inversion",
    "LatentSearch",
    "Pulse",
    "PulseResult",
    "SphericalSearch",
    "linear1cycledrop",
]
