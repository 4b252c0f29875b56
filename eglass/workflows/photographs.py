"""Targets loaded and measured: photographs, and images of the generator itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import skimage.data
import torch
from deepinv.physics import LinearPhysics
from jaxtyping import Float
from omegaconf import DictConfig
from torch import Tensor

from eglass.configuration.build import build
from eglass.errors import InputError
from eglass.generators import Generator
from eglass.images import centred, cropped, read_photograph, resized, with_channels
from eglass.problems import Problem, read_measurement
from eglass.workflows.faces import face_in
from eglass.workflows.targets import Target

#: How many times as long as wide a photograph may be where no crop is given.
LONGEST = 8


@dataclass(frozen=True)
class Frame:
    """What of a photograph is looked at.

    Attributes:
        photograph: all of it, (channels, height, width) in [-1, 1].
        crop: (top, left, bottom, right) as fractions.
        by: what decided it: the largest of the faces that were found; the crop that was given; or
            neither, so that it is the centre.
        faces: how many were found.
    """

    photograph: Tensor
    crop: Sequence[float]
    by: Literal["face", "given", "centre"]
    faces: int = 0


@dataclass(frozen=True)
class Measured:
    """A target and its measurement.

    Attributes:
        problem: the measurement.
        image: what was measured, (1, channels, height, width) in [-1, 1]; none where the
            measurement alone is known.
        enlargement: by how much a photograph was enlarged to the generator's size; 1 if it was not.
        frame: what of a photograph is looked at; none where there is no photograph.
    """

    problem: Problem
    image: Tensor | None
    enlargement: float
    frame: Frame | None = None


def load_photograph(target: Target, channels: int) -> Float[Tensor, "channels height width"]:
    """Return the photograph that a description stands for, at its own resolution, before a crop.

    Args:
        channels: how many it is to have.

    Raises:
        InputError: it cannot be used, or is of one colour.
    """
    if target["path"] is None:
        return with_channels(target["picture"], bundled_picture(target["picture"]), channels)
    photograph = read_photograph(
        Path(target["path"]).expanduser(), channels, value_range=target.get("value_range")
    )
    if bool((photograph == photograph[:, :1, :1]).all()):
        raise InputError(f"{target['path']} is of one colour all over: give a photograph")
    return photograph


def framed(target: Target, photograph: Tensor, generator: Generator) -> Frame:
    """Return what of a photograph is looked at: the crop that is given, else the largest face as
    the generator frames those that it makes, else the largest centred part of its aspect.

    Raises:
        InputError: no crop is given for a photograph that is a strip.
    """
    crop = target["crop"] or (target["picture_crop"] if target["path"] is None else None)
    if crop is not None:
        return Frame(photograph, crop, "given")
    _, height, width = photograph.shape
    if max(height, width) > LONGEST * min(height, width):
        raise InputError(
            f"{target['path']} has {width}×{height} pixels: expected at most {LONGEST} times as "
            "long as wide; or say what is looked at by target.crop"
        )
    crop, faces = face_in(photograph, generator)
    if crop is not None:
        return Frame(photograph, crop, "face", faces)
    _, tall, wide = generator.image_size
    return Frame(photograph, centred((height, width), wide / tall), "centre")


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
        image, enlargement, frame = sample(target, generator), 1.0, None
    else:
        channels, height, width = generator.image_size
        frame = framed(target, load_photograph(target, channels), generator)
        part = cropped(frame.photograph, frame.crop)
        image = resized(part, (height, width)).to(generator.device)
        enlargement = max(1.0, height / part.shape[1], width / part.shape[2])
    return Measured(simulate(problem, image, seed), image, enlargement, frame)


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
