"""Targets loaded and measured: photographs, and images of the generator itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import skimage.data
import torch
from deepinv.physics import LinearPhysics
from jaxtyping import Float
from omegaconf import DictConfig
from torch import Tensor

from eglass.configuration.build import build
from eglass.generators import Generator
from eglass.images import cropped, read_photograph, resized, with_channels
from eglass.problems import Problem, read_measurement
from eglass.workflows.targets import Target


@dataclass(frozen=True)
class Measured:
    """A target and its measurement.

    Attributes:
        problem: the measurement.
        image: what was measured, (1, channels, height, width) in [-1, 1]; none where the
            measurement alone is known.
        enlargement: by how much a photograph was enlarged to the generator's size; 1 if it was not.
    """

    problem: Problem
    image: Tensor | None
    enlargement: float


def load_photograph(
    target: Target, size: tuple[int, int, int]
) -> Float[Tensor, "channels height width"]:
    """Return the photograph that a description stands for, cropped, at its own resolution.

    Args:
        size: (channels, height, width) of the generator's images: how many channels it is to have,
            and the aspect of what is cut out where no crop is given.

    Raises:
        InputError: it cannot be used.
    """
    channels, height, width = size
    if target["path"] is None:
        picture = with_channels(target["picture"], bundled_picture(target["picture"]), channels)
        return cropped(picture, target["crop"] or target["picture_crop"])
    photograph = read_photograph(
        Path(target["path"]).expanduser(), channels, value_range=target.get("value_range")
    )
    return cropped(photograph, target["crop"], aspect=width / height)


def measure(problem: DictConfig, target: Target, generator: Generator, seed: int) -> Measured:
    """Return a target, loaded at the generator's size, and measured.

    Args:
        problem: the configuration's section.
        seed: of the noise.

    Raises:
        InputError: the photograph, the measurement or the operator cannot be used.
    """
    if "measurement" in target:
        size = generator.image_size
        physics = operator(problem, size, generator.device)
        y = read_measurement(target["measurement"], physics, size)
        limits = {"threshold": problem.threshold, "noise": problem.noise}
        return Measured(Problem(physics, y, size, **limits), None, 1.0)
    if "seed" in target:
        image, enlargement = sample(target, generator), 1.0
    else:
        photograph = load_photograph(target, generator.image_size)
        _, height, width = generator.image_size
        image = resized(photograph, (height, width)).to(generator.device)
        enlargement = max(1.0, height / photograph.shape[1], width / photograph.shape[2])
    return Measured(simulate(problem, image, seed), image, enlargement)


@torch.no_grad()
def sample(target: Target, generator: Generator) -> Float[Tensor, "1 channels height width"]:
    """Return the generator's own image that a target with a seed stands for."""
    rng = torch.Generator().manual_seed(target["seed"])
    return generator(generator.sample(1, rng))


def bundled_picture(name: str) -> Float[Tensor, "channels height width"]:
    """Return one of scikit-image's pictures, in [-1, 1]: a photograph, or a grey phantom."""
    pixels = torch.from_numpy(getattr(skimage.data, name)())
    if pixels.is_floating_point():
        return pixels.float()[None] * 2 - 1
    return pixels.permute(2, 0, 1) / 127.5 - 1


def operator(
    problem: DictConfig | dict[str, Any], size: tuple[int, int, int], device: torch.device
) -> LinearPhysics:
    """Return a problem's operator for images of some (channels, height, width)."""
    # Drawn on the CPU, a random operator is the same one on every device.
    return build(problem["physics"], img_size=size, device="cpu").to(device)


def simulate(
    problem: DictConfig | dict[str, Any],
    image: Float[Tensor, "1 channels height width"],
    seed: int,
) -> Problem:
    """Build the operator for images of this size and measure the image with it."""
    size = (image.shape[1], image.shape[2], image.shape[3])
    physics = operator(problem, size, image.device)
    rng = torch.Generator(image.device).manual_seed(seed)
    return Problem.simulate(
        physics, image, threshold=problem["threshold"], noise=problem["noise"], rng=rng
    )
