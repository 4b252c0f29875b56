"""Generators: latents to images, one file a family."""

from eglass.generators.base import Generator, Provenance
from eglass.generators.biggan import BigGAN
from eglass.generators.dcgan import DCGAN
from eglass.generators.pggan import PGGAN
from eglass.generators.priors import GaussianPrior, Prior, TruncatedNormalPrior

__all__ = [
    "DCGAN",
    "PGGAN",
    "BigGAN",
    "GaussianPrior",
    "Generator",
    "Prior",
    "Provenance",
    "TruncatedNormalPrior",
]
