"""Intervals are intervals, and verdicts follow from them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eglass.evaluation.statistics import interval, verdict, widened

SETTINGS = {"resamples": 500, "confidence": 0.95, "seed": 0}


def test_the_interval_is_the_one_of_the_mean():
    values = np.random.default_rng(0).normal(3.0, 1.0, 200)
    measured, low, high = interval(values, False, **SETTINGS)
    error = 1.96 * values.std(ddof=1) / math.sqrt(len(values))
    assert measured == pytest.approx(values.mean())
    assert (low, high) == pytest.approx((measured - error, measured + error), abs=0.05)


def test_ratios_are_averaged_geometrically():
    measured, _, _ = interval(np.array([0.5, 2.0]), True, **SETTINGS)
    assert measured == pytest.approx(1)


def test_one_value_is_its_own_interval():
    assert interval(np.array([2.0]), False, **SETTINGS) == (2, 2, 2)


@pytest.mark.parametrize(
    ("low", "high", "better", "expected"),
    [
        (1.1, 1.3, +1, "yes"),
        (0.9, 1.3, +1, "undecided"),
        (0.7, 0.9, +1, "no"),
        (0.7, 0.9, -1, "yes"),
        (0.9, 1.1, -1, "undecided"),
        (1.1, 1.3, -1, "no"),
    ],
)
def test_a_claim_holds_only_with_its_whole_interval(low, high, better, expected):
    assert verdict(low, high, better, 1.0) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (2.1, 2.3, "yes"),
        (1.2, 1.8, "weak"),
        # Beyond chance for certain, beyond the limit perhaps.
        (1.2, 2.3, "weak"),
        (0.9, 1.8, "undecided"),
        (0.9, 2.3, "undecided"),
        (0.7, 0.9, "no"),
    ],
)
def test_a_claim_is_weak_where_no_more_than_chance_is_excluded(low, high, expected):
    assert verdict(low, high, +1, 2.0, chance=1.0) == expected
    assert verdict(-high, -low, -1, -2.0, chance=-1.0) == expected


def test_a_spread_that_an_interval_does_not_know_of_is_added_in_quadrature():
    reach = 1.96 * 0.3
    one_sided = widened(2.0, 2.0, 2.0 * math.exp(0.4), deviation=0.3, confidence=0.95)
    expected = (2.0, 2.0 * math.exp(-reach), 2.0 * math.exp(math.hypot(0.4, reach)))
    assert one_sided == pytest.approx(expected, rel=1e-3)
    assert widened(2.0, 1.5, 3.0, deviation=0, confidence=0.95) == pytest.approx((2.0, 1.5, 3.0))
