"""Measurements of any generator's images, and how near two matrices are."""

from __future__ import annotations

import torch
from deepinv.physics import Downsampling

from eglass.problems import Problem, inpainting


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


def close(found: torch.Tensor, expected: torch.Tensor) -> float:
    """Relative difference in Frobenius norm."""
    return ((found - expected).norm() / expected.norm()).item()
