"""Operators beside deepinv's."""

from __future__ import annotations

from pathlib import Path

import deepinv
import numpy as np
import pytest
import torch
from PIL import Image
from torch import fft

from eglass.errors import InputError
from eglass.geometry.memory import PeakBytes
from eglass.problems import Downsampling, FourierSubsampling, inpainting

SIZE = (3, 16, 16)

RAMP = torch.arange(15.0).view(1, 1, 3, 5)


@pytest.fixture
def image(rng) -> torch.Tensor:
    return torch.rand(1, *SIZE, generator=rng) * 2 - 1


@pytest.mark.parametrize("filter", ["bicubic", "gaussian", None, RAMP])
@pytest.mark.parametrize("padding", ["reflect", "circular", "replicate", "zeros", "valid"])
def test_downsampling_is_deepinvs(image, filter, padding):
    ours, theirs = (
        kind(SIZE, filter, factor=2, padding=padding)
        for kind in (Downsampling, deepinv.physics.Downsampling)
    )
    with PeakBytes() as cost:
        found = ours.A(image)
    with PeakBytes() as whole:
        expected = theirs.A(image)
    torch.testing.assert_close(found, expected)
    assert filter is None or cost.total < whole.total


def test_downsampling_takes_another_filter_on_the_way(image):
    physics = Downsampling(SIZE, "bicubic", factor=2, padding="reflect")
    expected = deepinv.physics.Downsampling(SIZE, "gaussian", factor=4, padding="reflect").A(image)
    torch.testing.assert_close(physics.A(image, filter="gaussian", factor=4), expected)
    torch.testing.assert_close(physics.A(image), expected)


def test_fourier_subsampling_measures_the_lines_that_it_says(image):
    physics = FourierSubsampling(SIZE, acceleration=4, center_fraction=0.125)
    assert physics.A(image).shape == (1, 3, 16, 4)
    assert 0 in physics.lines
    whole = fft.fft2(image, norm="ortho")
    torch.testing.assert_close(physics.A(image), whole[..., physics.lines])


def test_all_of_the_fourier_transform_is_the_image_again(image):
    physics = FourierSubsampling(SIZE, acceleration=1)
    torch.testing.assert_close(physics.A_adjoint(physics.A(image)), image)


def test_a_seed_is_a_choice_of_lines():
    lines = [FourierSubsampling((3, 8, 64), seed=seed).lines.tolist() for seed in (0, 0, 1)]
    assert lines[0] == lines[1] != lines[2]


def test_fourier_lines_must_leave_room_for_the_centre():
    with pytest.raises(InputError, match="center_fraction"):
        FourierSubsampling(SIZE, acceleration=8, center_fraction=0.5)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"box": (0.5, 0.5, 0.5, 0.9)}, "deletes no pixel"),
        ({"box": (0.0, 0.0, 1.0, 1.0)}, "deletes every pixel"),
        ({"box": (0.0, 0.0, 2.0, 1.0)}, "each a fraction from 0 to 1"),
        ({"box": (0.0, 0.0, 1.0)}, r"box is \[0.0, 0.0, 1.0\]: expected \[top"),
        ({}, "a box or a mask image"),
    ],
)
def test_a_useless_box_is_refused(arguments, complaint):
    with pytest.raises(InputError, match=complaint):
        inpainting((3, 64, 64), **arguments)


def test_a_mask_image_deletes_what_is_white(tmp_path: Path):
    mask = np.zeros((64, 64), np.uint8)
    mask[10:20, 30:40] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    physics = inpainting((3, 64, 64), mask=tmp_path / "mask.png")
    kept = physics.A(torch.ones(1, 3, 64, 64))[0, 0]
    assert torch.equal(kept == 0, torch.from_numpy(mask == 255))
    # A mask takes the place of a box.
    both = inpainting((3, 64, 64), box=(0, 0, 0.5, 0.5), mask=tmp_path / "mask.png")
    assert torch.equal(both.A(torch.ones(1, 3, 64, 64))[0, 0], kept)


@pytest.mark.parametrize(
    ("mask", "complaint"),
    [
        (np.zeros((64, 64), np.uint8), "deletes no pixel"),
        (np.full((64, 64), 255, np.uint8), "deletes every pixel"),
        (np.zeros((32, 64), np.uint8), "64×32 pixels: expected the generator's 64×64"),
    ],
)
def test_a_useless_mask_image_is_refused(tmp_path: Path, mask, complaint):
    Image.fromarray(mask).save(tmp_path / "mask.png")
    with pytest.raises(InputError, match=complaint):
        inpainting((3, 64, 64), mask=tmp_path / "mask.png")
