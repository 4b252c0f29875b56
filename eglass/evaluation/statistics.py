"""Means over targets with bootstrap intervals, and what they say of a claim."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import bootstrap


def interval(
    values: np.ndarray, geometric: bool, *, resamples: int, confidence: float, seed: int
) -> tuple[float, float, float]:
    """Return the mean and its bootstrap interval: mean, low, high; NaN of no values.

    Args:
        values: one a target.
        geometric: take the geometric mean, of values above 0.
        resamples: of the bootstrap, 1 or more.
        confidence: level of the interval, between 0 and 1.
        seed: of the bootstrap.
    """
    if len(values) == 0:
        return math.nan, math.nan, math.nan
    data = np.log(values) if geometric else values
    back = np.exp if geometric else float
    mean = data.mean()
    if len(values) < 2 or np.ptp(data) == 0:
        return float(back(mean)), float(back(mean)), float(back(mean))
    found = bootstrap(
        (data,),
        np.mean,
        n_resamples=resamples,
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(back(mean)), float(back(found.low)), float(back(found.high))


def verdict(low: float, high: float, better: int, limit: float) -> str:
    """Return yes, no or undecided: on which side of a limit a whole interval lies.

    Args:
        low, high: ends of the interval.
        better: +1 if above the limit is yes, −1 if below.
        limit: as the claim has it.
    """
    if min(better * low, better * high) > better * limit:
        return "yes"
    if max(better * low, better * high) <= better * limit:
        return "no"
    return "undecided"
