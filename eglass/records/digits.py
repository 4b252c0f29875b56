"""Numbers as people read them."""

from __future__ import annotations

import math


def scientific(value: float) -> str:
    """Write a number in the paper's manner, with digits that tell solutions apart: 2.94e-3."""
    if not math.isfinite(value):
        return "–"
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def distance(value: float) -> str:
    """Write a perceptual distance: with three decimals, where they say something."""
    if value >= 0.01 or value == 0 or not math.isfinite(value):
        return f"{value:.3f}"
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}"
