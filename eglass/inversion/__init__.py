"""Inversion as Lightning modules: a search for a latent that explains a measurement."""

from eglass.inversion.adaptation import ImageAdaptation
from eglass.inversion.bank import LatentBank
from eglass.inversion.bank_inversion import BankInversion
from eglass.inversion.image_adaptive import ImageAdaptiveInversion
from eglass.inversion.latent import LatentSearch
from eglass.inversion.minimisation import Minimisation
from eglass.inversion.pulse import SphericalSearch, linear1cycledrop
from eglass.inversion.quasi_newton import QuasiNewtonSearch
from eglass.inversion.two_stage import Inverted, TwoStageInversion

__all__ = [
    "BankInversion",
    "ImageAdaptation",
    "ImageAdaptiveInversion",
    "Inverted",
    "LatentBank",
    "LatentSearch",
    "Minimisation",
    "QuasiNewtonSearch",
    "SphericalSearch",
    "TwoStageInversion",
    "linear1cycledrop",
]
