"""What an ℓ2 means, in words."""

from __future__ import annotations

import math


def explained(l2: float, off_by: float) -> str:
    """Return how well an image explains a measurement, for people, on one line.

    Args:
        l2: mean squared error of the measurement, of images in [0, 1].
        off_by: error that nine in ten of the measured values do not exceed.
    """
    rmse = math.sqrt(l2)
    psnr = f"{-10 * math.log10(l2):.1f} dB" if l2 > 0 else "without end"
    return (
        f"RMSE {rmse:.2g}, which is {levels(rmse)} of 255 levels; PSNR {psnr}; nine in ten "
        f"measured values are off by at most {levels(off_by)} of 255"
    )


def levels(error: float) -> str:
    """Return an error of images in [0, 1] in the grey levels of 8 bits."""
    found = 255 * error
    return f"{found:.1f}" if found < 10 else f"{found:.0f}"
