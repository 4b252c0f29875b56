"""Networks and targets that many tests share, loaded once."""

from __future__ import annotations

import pytest
import torch
from deepinv.physics import Downsampling

from eglass.generators import DCGAN, PGGAN, BigGAN
from eglass.perceptual import LPIPS
from eglass.problems import Problem, inpainting

SIZE = (3, 64, 64)


@pytest.fixture(scope="session")
def generator() -> DCGAN:
    return DCGAN.pretrained()


@pytest.fixture(scope="session")
def pggan() -> PGGAN:
    return PGGAN.pretrained(resolution=32, latent_dim=64, max_channels=32, weights="random")


@pytest.fixture(scope="session")
def biggan() -> BigGAN:
    return BigGAN.pretrained(name="biggan-deep-32", weights="random")


@pytest.fixture(scope="session")
def perceptual() -> LPIPS:
    return LPIPS("alex")


@pytest.fixture
def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture(scope="session")
def target(generator: DCGAN) -> torch.Tensor:
    """An image of the generator itself."""
    latent = generator.sample(1, torch.Generator().manual_seed(1000))
    return generator(latent)


@pytest.fixture(scope="session")
def super_resolution(target: torch.Tensor) -> Problem:
    physics = Downsampling(img_size=SIZE, factor=8, filter="bicubic", padding="reflect")
    return Problem.simulate(physics, target)


@pytest.fixture(scope="session")
def mouth(target: torch.Tensor) -> Problem:
    return Problem.simulate(inpainting(SIZE, box=(0.6, 0.25, 0.95, 0.75)), target)


@pytest.fixture(params=["super_resolution", "mouth"])
def problem(request: pytest.FixtureRequest) -> Problem:
    """Each problem in turn."""
    return request.getfixturevalue(request.param)
