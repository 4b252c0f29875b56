"""The forward model: ℓ2, feasibility, masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from deepinv.physics import Downsampling
from PIL import Image

from eglass.errors import InputError
from eglass.problems import Problem, inpainting, shown_measurement

SIZE = (3, 64, 64)
BOX = (0.6, 0.25, 0.95, 0.75)


def test_the_target_itself_explains_its_measurement(problem, target):
    assert problem.l2(target).item() < 1e-12


def test_the_operators_adjoint_is_the_adjoint(problem, rng):
    x = torch.rand(2, *SIZE, generator=rng)
    y = torch.rand(2, *problem.measurement.shape[1:], generator=rng)
    left = (problem.physics.A(x) * y).sum()
    right = (x * problem.physics.A_adjoint(y)).sum()
    torch.testing.assert_close(left, right, rtol=1e-4, atol=1e-3)


def test_l2_is_the_mean_squared_error_over_measured_pixels(mouth, target, rng):
    image = torch.rand(2, *SIZE, generator=rng) * 2 - 1
    seen = torch.ones(64, 64, dtype=torch.bool)
    seen[38:61, 16:48] = False
    error = ((image + 1) / 2 - (target + 1) / 2)[:, :, seen]
    torch.testing.assert_close(mouth.l2(image), error.square().mean((1, 2)))


def test_what_is_hidden_does_not_count(mouth, target):
    changed = target.clone()
    changed[:, :, 40:60, 20:40] = 1
    assert mouth.l2(changed).item() < 1e-12


def test_super_resolution_measures_8_by_8_colours(super_resolution):
    assert super_resolution.measurement.shape == (1, 3, 8, 8)
    assert int(super_resolution.measured.sum()) == 192


def test_push_forward_is_the_change_of_the_residual(problem, rng):
    image, tangent = torch.rand(2, 1, *SIZE, generator=rng)
    difference = problem.residual(image + tangent) - problem.residual(image)
    torch.testing.assert_close(problem.push_forward(tangent), difference, rtol=1e-3, atol=1e-6)


def test_noise_raises_the_threshold_by_its_variance(target, rng):
    physics = inpainting(SIZE, box=BOX)
    noisy = Problem.simulate(physics, target, threshold=1e-2, noise=0.1, rng=rng)
    assert noisy.threshold == pytest.approx(0.02)
    assert noisy.l2(target).item() == pytest.approx(0.01, rel=0.1)


def test_the_same_seed_gives_the_same_noise(target):
    def measurement(seed: int) -> torch.Tensor:
        rng = torch.Generator().manual_seed(seed)
        physics = inpainting(SIZE, box=BOX)
        return Problem.simulate(physics, target, noise=0.1, rng=rng).measurement

    assert torch.equal(measurement(1), measurement(1))
    assert not torch.equal(measurement(1), measurement(2))


def test_back_projection_fits_the_measurement(super_resolution, rng):
    grey = torch.zeros(1, *SIZE) + 0.1 * torch.rand(1, *SIZE, generator=rng)
    before, after = (super_resolution.l2(x) for x in (grey, super_resolution.back_project(grey)))
    assert after.item() < 0.01 * before.item()


def test_the_picture_of_a_masked_measurement_is_grey_where_hidden(mouth, target):
    picture = shown_measurement(mouth)
    assert (picture[45, 30] == 128).all()
    assert picture.shape == (64, 64, 3)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"box": (0.5, 0.5, 0.5, 0.9)}, "deletes no pixel"),
        ({"box": (0.0, 0.0, 1.0, 1.0)}, "deletes every pixel"),
        ({"box": (0.0, 0.0, 2.0, 1.0)}, "fractions|fraction"),
        ({"box": (0.0, 0.0, 1.0)}, "expected"),
        ({}, "exactly one"),
    ],
)
def test_a_useless_box_is_refused(arguments, complaint):
    with pytest.raises(InputError, match=complaint):
        inpainting(SIZE, **arguments)


def test_a_mask_image_deletes_what_is_white(tmp_path: Path):
    mask = np.zeros((64, 64), np.uint8)
    mask[10:20, 30:40] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    physics = inpainting(SIZE, mask=tmp_path / "mask.png")
    kept = physics.A(torch.ones(1, *SIZE))[0, 0]
    assert torch.equal(kept == 0, torch.from_numpy(mask == 255))


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
        inpainting(SIZE, mask=tmp_path / "mask.png")


@pytest.mark.parametrize(("setting", "value"), [("threshold", 0.0), ("noise", -1.0)])
def test_an_impossible_setting_is_refused(target, setting, value):
    physics = Downsampling(img_size=SIZE, factor=8, filter="bicubic")
    with pytest.raises(InputError, match=setting):
        Problem.simulate(physics, target, **{setting: value})
