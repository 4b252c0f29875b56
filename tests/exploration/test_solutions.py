"""What solutions say together."""

from __future__ import annotations

import pytest
import torch

from eglass.errors import InputError
from eglass.evaluation.agreement import consensus


def test_spread_is_zero_where_all_agree_and_half_where_black_meets_white(rng):
    images = torch.rand(1, 3, 4, 4, generator=rng).repeat(2, 1, 1, 1)
    images[0, :, 0, 0], images[1, :, 0, 0] = -1.0, 1.0
    found = consensus(images)
    assert float(found.spread[0, 0]) == pytest.approx(0.5)
    assert found.spread.flatten()[1:].abs().max() == 0
    torch.testing.assert_close(found.mean[:, 0, 0], torch.zeros(3))


def test_spread_is_the_root_mean_square_over_colours(rng):
    images = torch.rand(5, 3, 2, 2, generator=rng) * 2 - 1
    unit = (images + 1) / 2
    naive = ((unit - unit.mean(0)) ** 2).mean((0, 1)).sqrt()
    torch.testing.assert_close(consensus(images).spread, naive)


def test_a_single_solution_says_nothing(rng):
    with pytest.raises(InputError, match="1 solutions"):
        consensus(torch.rand(1, 3, 2, 2, generator=rng))
