"""Ranks of truths: a band that uniform ones stay in, what intervals cover, what shares claim."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from eglass.evaluation.ranks import band, below, calibration_error, covered


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_uniform_ranks_stay_within_the_band_as_often_as_it_says(rng):
    found = band(100, 19, level=0.9, rng=rng)
    inside = [found.holds(rng.integers(0, 20, 100)) for _ in range(1000)]
    assert np.mean(inside) == pytest.approx(0.9, abs=0.03)


def test_the_band_is_wider_than_that_of_each_point_alone(rng):
    found = band(100, 19, level=0.9, rng=rng)
    assert (found.low < binom.ppf(0.05, 100, found.at) / 100).mean() > 0.8
    assert (found.high > binom.ppf(0.95, 100, found.at) / 100).mean() > 0.8


def test_the_p_value_of_uniform_ranks_is_uniform(rng):
    found = band(80, 9, level=0.9, rng=rng)
    p = np.array([found.p_value(rng.integers(0, 10, 80)) for _ in range(1000)])
    for level in (0.05, 0.2, 0.5):
        assert (p <= level).mean() == pytest.approx(level, abs=0.04)


@pytest.mark.parametrize("shape", [(0.5, 0.5), (2, 2), (1.6, 1)], ids=["narrow", "wide", "biased"])
def test_ranks_that_are_not_uniform_leave_the_band(rng, shape):
    ranks = np.minimum(19, 20 * rng.beta(*shape, 200)).astype(int)
    found = band(200, 19, level=0.95, rng=rng)
    assert not found.holds(ranks)
    assert found.p_value(ranks) < 0.01


def test_the_distribution_function_of_ranks():
    np.testing.assert_allclose(below(np.array([0, 0, 1, 3]), 3), [0.5, 0.75, 0.75])


def test_intervals_cover_what_they_hold():
    each = np.arange(20)
    assert covered(each, 19, 0.5) == pytest.approx(0.5)
    assert covered(each, 19, 0.9) == pytest.approx(0.9)
    assert covered(np.array([0, 19]), 19, 0.5) == 0
    # Of 0 to 4, the middle half begins at a quarter of rank 1.
    assert covered(np.array([1]), 4, 0.5) == pytest.approx(0.75)


def test_claims_that_come_true_as_often_as_they_say_have_no_error(rng):
    claimed = rng.random(200_000)
    right = (rng.random(200_000) < claimed).astype(float)
    assert calibration_error(claimed, right) < 0.005
    assert calibration_error(claimed / 2, right) == pytest.approx(0.25, abs=0.005)
