"""Inversion as Lightning modules: the image-adaptive GAN, a fast one, and the PULSE baseline."""

from eglass.inversion.bank import LatentBank
from eglass.inversion.image_adaptive import (
    AdaptiveInversion,
    ImageAdaptation,
    ImageAdaptiveInversion,
    Inversion,
)
from eglass.inversion.latent import LatentSearch
from eglass.inversion.pulse import Pulse, PulseResult, SphericalSearch, linear1cycledrop
from eglass.inversion.bank_inversion import QuasiNewtonSearch, WarmInversion

__all__ = [
    "AdaptiveInversion",
    "ImageAdaptation",
    "ImageAdaptiveInversion",
    "Inversion",
    "LatentBank",
    "LatentSearch",
    "Pulse",
    "PulseResult",
    "QuasiNewtonSearch",
    "SphericalSearch",
    "WarmInversion",
    "linear1cycledrop",
]
