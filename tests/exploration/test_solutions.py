"""Solutions as a table, and what they say together."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from eglass.errors import InputError
from eglass.exploration import agreement, prior_spread, walk
from eglass.perceptual import Pixels
from eglass.records import Direction, Method

KEY = Method("key", "For people")


def test_the_distance_is_called_after_its_metric(start, geometry):
    pixels = dataclasses.replace(start, perceptual=Pixels())
    along = {Direction("v", 1): geometry.eigenvector(1)}
    found = walk(pixels, along, [1.0], method=KEY)
    difference = (found.images - start.image) / 2
    assert found.table["pixels"].tolist() == pytest.approx([float(difference.square().mean())])
    assert "lpips" not in found.table


def test_the_table_has_a_row_for_each_solution(start, geometry):
    g2 = Direction("g", 2)
    along = {Direction("v", 1): geometry.eigenvector(1), g2: geometry.U[:, 50]}
    found = walk(start, along, [0.5, -20], method=KEY)
    table = dataclasses.replace(found, seconds=2.0).table
    assert list(table.columns) == [
        *("method", "direction", "kind", "number", "step"),
        *("l2", "psnr", "lpips", "feasible", "atypicality"),
        *("off_by", "seconds"),
    ]
    assert table[["method", "direction", "kind", "number", "step"]].to_numpy().tolist() == [
        ["key", "v1", "v", 1, 0.5],
        ["key", "v1", "v", 1, -20],
        ["key", "g2", "g", 2, 0.5],
        ["key", "g2", "g", 2, -20],
    ]
    for column in ("l2", "psnr", "feasible", "atypicality", "off_by"):
        assert table[column].tolist() == getattr(found, column).tolist()
    assert table["lpips"].tolist() == found.distance.tolist()
    assert table["feasible"].tolist()[:2] == [True, False]
    assert table["seconds"].tolist() == [0.5] * 4


def test_psnr_and_rmse_are_of_the_measurement(start):
    found = walk(start, {Direction("v", 1): start.geometry.eigenvector(1)}, [1.0, 5.0], method=KEY)
    error = start.problem.physics.A((found.images + 1) / 2) - start.problem.measurement
    rmse = error.square().mean((1, 2, 3)).sqrt()
    torch.testing.assert_close(found.rmse, rmse)
    torch.testing.assert_close(found.psnr, 20 * (1 / rmse).log10())
    exact = dataclasses.replace(found, l2=torch.zeros(2))
    assert exact.psnr.tolist() == [float("inf")] * 2


def test_spread_is_zero_where_all_agree_and_half_where_black_meets_white(rng):
    images = torch.rand(1, 3, 4, 4, generator=rng).repeat(2, 1, 1, 1)
    images[0, :, 0, 0], images[1, :, 0, 0] = -1.0, 1.0
    found = agreement(images)
    assert float(found.spread[0, 0]) == pytest.approx(0.5)
    assert found.spread.flatten()[1:].abs().max() == 0
    torch.testing.assert_close(found.mean[:, 0, 0], torch.zeros(3))


def test_spread_is_the_root_mean_square_over_colours(rng):
    images = torch.rand(5, 3, 2, 2, generator=rng) * 2 - 1
    unit = (images + 1) / 2
    naive = ((unit - unit.mean(0)) ** 2).mean((0, 1)).sqrt()
    torch.testing.assert_close(agreement(images).spread, naive)


def test_the_spread_of_the_prior_is_that_of_images_of_its_own_draws(start):
    generator = start.prior_generator
    drawn = generator.sample(30, torch.Generator().manual_seed(3))
    found = prior_spread(generator, rng=torch.Generator().manual_seed(3), count=30)
    torch.testing.assert_close(found, agreement(generator(drawn)).spread)


def test_a_single_solution_says_nothing(rng):
    with pytest.raises(InputError, match="1 solutions"):
        agreement(torch.rand(1, 3, 2, 2, generator=rng))
