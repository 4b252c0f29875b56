"""Tomography measures in the units of pixels."""

from __future__ import annotations

import pytest
import torch

from eglass.errors import InputError
from eglass.problems import Problem, tomography


@pytest.mark.parametrize("angles", [10, 20])
@pytest.mark.parametrize("channels", [1, 2])
def test_errors_of_pixels_have_the_same_l2_in_a_tomography(angles, channels, rng):
    size = (channels, 32, 32)
    image = torch.rand(1, *size, generator=rng) * 2 - 1
    problem = Problem.simulate(tomography(size, angles), image)
    assert problem.measurement.shape[3] == angles
    errors = 0.2 * torch.randn(200, *size, generator=rng)
    assert problem.l2(image + errors).mean().item() == pytest.approx(0.01, rel=0.05)


def test_all_rays_of_a_direction_add_up_to_the_same(rng):
    """Whatever the direction, they meet the whole of an image that the corners have no part in."""
    image = torch.zeros(1, 1, 32, 32)
    image[..., 8:24, 10:20] = torch.rand(16, 10, generator=rng)
    totals = tomography((1, 32, 32), 6).A(image).sum(2).flatten()
    torch.testing.assert_close(totals, totals.mean().expand(6), rtol=0.02, atol=0)


@pytest.mark.parametrize(("size", "angles"), [((1, 16, 24), 10), ((1, 16, 16), 0)])
def test_tomography_wants_squares_and_angles(size, angles):
    with pytest.raises(InputError, match="tomography"):
        tomography(size, angles)
