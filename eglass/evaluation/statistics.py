"""Means over targets with bootstrap intervals, and what they say of a claim."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import bootstrap, norm


def interval(
    values: np.ndarray, geometric: bool, *, resamples: int, confidence: float, seed: int
) -> tuple[float, float, float]:
    """Return the mean and its bootstrap interval: mean, low, high; NaN of no values.

    Args:
        values: one a target, shape (targets,).
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


def widened(
    middle: float, low: float, high: float, *, deviation: float, confidence: float
) -> tuple[float, float, float]:
    """Return the interval of a geometric mean with another spread added, in quadrature.

    Args:
        middle, low, high: the mean, above 0, and its interval.
        deviation: standard deviation of the mean's logarithm that the interval does not know of.
        confidence: level of the interval, between 0 and 1.
    """
    reach = deviation * float(norm.ppf((1 + confidence) / 2))
    down = math.hypot(math.log(middle / low), reach)
    up = math.hypot(math.log(high / middle), reach)
    return middle, middle * math.exp(-down), middle * math.exp(up)


def verdict(low: float, high: float, better: int, limit: float, chance: float | None = None) -> str:
    """Return yes, weak, no or undecided: where a whole interval lies.

    Beyond the limit is yes. Where chance is known, beyond it is at least weak, and not beyond it is
    no; else not beyond the limit is no.

    Args:
        low, high: ends of the interval.
        better: +1 if above the limit is yes, −1 if below.
        limit: as the claim has it.
        chance: as the claim has it, not beyond the limit.
    """
    worst, best = min(better * low, better * high), max(better * low, better * high)
    floor = better * (limit if chance is None else chance)
    if worst > better * limit:
        return "yes"
    if best <= floor:
        return "no"
    return "weak" if chance is not None and worst > floor else "undecided"
