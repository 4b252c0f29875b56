"""Generators: latents to images, one file a family, and one for anyone's."""

from eglass.generators.base import Generator
from eglass.generators.biggan import BigGAN
from eglass.generators.checks import check_generator
from eglass.generators.dcgan import DCGAN
from eglass.generators.eyes import EyeGAN
from eglass.generators.module import ModuleGenerator
from eglass.generators.pggan import PGGAN
from eglass.generators.priors import GaussianPrior, Normal, Prior, TruncatedNormalPrior
from eglass.generators.style import MappedPrior, StyleGenerator
from eglass.weights import Provenance

__all__ = [
    "DCGAN",
    "PGGAN",
    "BigGAN",
    "EyeGAN",
    "GaussianPrior",
    "Generator",
    "MappedPrior",
    "ModuleGenerator",
    "Normal",
    "Prior",
    "Provenance",
    "StyleGenerator",
    "TruncatedNormalPrior",
    "check_generator",
]
