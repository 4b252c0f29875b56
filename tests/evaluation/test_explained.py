"""What an ℓ2 means, in words."""

from __future__ import annotations

from eglass.evaluation.explained import explained


def test_an_l2_is_said_as_rmse_psnr_and_grey_levels():
    assert explained(1e-2, 0.18) == (
        "RMSE 0.1, which is 26 of 255 levels; PSNR 20.0 dB; nine in ten measured values are off by "
        "at most 46 of 255"
    )


def test_a_perfect_fit_is_no_error():
    assert "PSNR without end" in explained(0.0, 0.0)
