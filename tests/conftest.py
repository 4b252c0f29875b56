"""Networks, targets and a starting point that many tests share, made once."""

from __future__ import annotations

import pytest
import torch

from eglass.exploration import Algorithm1, Eigenvectors, Pulse, RandomDirections, StartingPoint
from eglass.generators import DCGAN, PGGAN, BigGAN
from eglass.geometry import Geometry
from eglass.perceptual import LPIPS
from eglass.pipeline import explore, find_start
from eglass.problems import Downsampling, Problem, inpainting
from tests.cases import INVERSION, latent, seeded, start_at

SIZE = (3, 64, 64)
#: Files that take a minute or so begin first: at the end, no process is to be left alone with one.
LONGEST = ("test_notebooks", "test_smoke", "test_sweep", "test_pullback", "test_explorers")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.stem not in LONGEST)


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
    """An image of the generator itself, which no test may change."""
    return generator(latent(generator)[None])


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


@pytest.fixture(scope="session")
def start(generator: DCGAN, super_resolution: Problem, perceptual: LPIPS) -> StartingPoint:
    """The target's own latent, as if an inversion had found it, and the geometry there."""
    return start_at(latent(generator), generator, super_resolution, perceptual)


@pytest.fixture(scope="session")
def geometry(start: StartingPoint) -> Geometry:
    return start.geometry


@pytest.fixture(scope="session")
def reports() -> list[tuple]:
    return []


@pytest.fixture(scope="session")
def started(generator, super_resolution, perceptual, reports) -> StartingPoint:
    def note(stage, done, total, l2=None):
        reports.append((stage, done, total, l2))

    return find_start(
        super_resolution,
        generator,
        perceptual,
        inversion=INVERSION,
        rng=seeded(),
        progress=note,
    )


@pytest.fixture(scope="session")
def sets(started):
    """Four explorers from one starting point."""
    explorers = [
        Algorithm1(bisections=4),
        Eigenvectors(bisections=4),
        RandomDirections(),
        Pulse(steps=3),
    ]
    return [explore(started, explorer, count=4, rng=seeded()) for explorer in explorers]
