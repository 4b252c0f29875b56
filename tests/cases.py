"""Measurements of any generator's images, starting points, and how near two matrices are."""

from __future__ import annotations

import pandas as pd
import torch

from eglass.exploration import StartingPoint
from eglass.geometry import ExactGeometry
from eglass.inversion import ImageAdaptiveInversion, Inverted
from eglass.problems import Downsampling, Problem, inpainting


def latent(generator) -> torch.Tensor:
    return generator.sample(1, torch.Generator().manual_seed(1000))[0]


def problem_for(generator, name: str) -> Problem:
    size = generator.image_size
    physics = (
        Downsampling(img_size=size, factor=8, filter="bicubic", padding="reflect")
        if name == "super_resolution"
        else inpainting(size, box=(0.6, 0.25, 0.95, 0.75))
    )
    with torch.no_grad():
        return Problem.simulate(physics, generator(latent(generator)[None]))


def start_at(z0: torch.Tensor, generator, problem: Problem, perceptual) -> StartingPoint:
    """Return a starting point at a latent of one's own: what an inversion that ends there gives."""
    with torch.no_grad():
        image = generator(z0[None])
    l2 = float(problem.l2(image))
    history = pd.DataFrame(
        {"stage": "latent", "step": [0], "start": [0], "l2": [l2], "seconds": [0.5]}
    )
    inverted = Inverted(z0, generator, image, l2, None, history, {"latent": 0.5})
    compute = ExactGeometry()
    geometry = compute(generator, problem, perceptual, z0)
    seconds = {"inversion": 0.5, "geometry": 0.5}
    return StartingPoint(problem, perceptual, generator, inverted, z0, geometry, compute, seconds)


def close(found: torch.Tensor, expected: torch.Tensor) -> float:
    """Relative difference in Frobenius norm."""
    return ((found - expected).norm() / expected.norm()).item()


#: Of the starting point that tests of the pipeline share.
INVERSION = ImageAdaptiveInversion(
    scouts=0, starts=2, steps=60, lr=0.3, adaptation_steps=12, stop_at=1e-6
)


def seeded(seed: int = 0) -> torch.Generator:
    """Return a generator of random numbers that begins at a seed."""
    return torch.Generator().manual_seed(seed)
