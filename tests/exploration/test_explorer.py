"""What several explorers share."""

from __future__ import annotations

import torch

from eglass.exploration.explorer import damped_inverse, l2_and_gradient, unit, within_shell
from tests.cases import close


def test_the_damped_inverse_is_the_inverse(geometry):
    metric = geometry.H_Y.double() + 1e-2 * torch.eye(100)
    assert close(damped_inverse(geometry, 1e-2).double(), torch.linalg.inv(metric)) < 1e-3


def test_latents_beyond_the_shell_come_back_to_it_and_others_stay(start):
    inside, outside = 0.5 * start.z0, 3 * start.z0
    found = within_shell(torch.stack([inside, outside]), start)
    torch.testing.assert_close(found[0], inside)
    expected = max(10.0, float(start.z0.norm()))
    torch.testing.assert_close(found[1], outside * expected / outside.norm())


def test_a_zero_vector_has_no_direction():
    found = unit(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
    torch.testing.assert_close(found, torch.tensor([[0.6, 0.8], [0.0, 0.0]]))


def test_half_the_gradient_of_l2_is_its_slope(start, generator, rng):
    z, d = generator.sample(3, rng), unit(generator.sample(3, rng))
    l2, half = l2_and_gradient(start, z)
    with torch.no_grad():
        torch.testing.assert_close(l2, start.problem.l2(generator(z)))
        ahead, behind = (start.problem.l2(generator(z + step * d)) for step in (0.01, -0.01))
    slope = (ahead - behind) / 0.02
    torch.testing.assert_close(2 * (half * d).sum(1), slope, rtol=2e-2, atol=1e-5)
