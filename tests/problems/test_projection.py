"""The least change that brings an image onto a measurement, against the pseudo-inverse."""

from __future__ import annotations

import pytest
import torch

from eglass.problems.projection import least_change


@pytest.fixture
def case(rng):
    """A wide matrix as an operator of images of 2×3×4, and residuals of three images."""
    J = torch.randn(10, 24, generator=rng, dtype=torch.float64)
    r = torch.randn(3, 10, generator=rng, dtype=torch.float64)
    return J, r, lambda x: x.flatten(1) @ J.T, lambda y: (y @ J).unflatten(1, (2, 3, 4))


def test_to_the_end_it_is_the_pseudo_inverse(case):
    J, r, push, pull = case
    found = least_change(r, push, pull, aim=0.0, slack=1e-20, iterations=30)
    expected = -r @ torch.linalg.pinv(J).T
    torch.testing.assert_close(found.flatten(1), expected)


def test_where_nothing_fits_it_is_the_least_squares_one(rng):
    J = torch.randn(30, 24, generator=rng, dtype=torch.float64)
    r = torch.randn(1, 30, generator=rng, dtype=torch.float64)
    push, pull = (lambda x: x.flatten(1) @ J.T), (lambda y: (y @ J).unflatten(1, (2, 3, 4)))
    found = least_change(r, push, pull, aim=0.0, slack=1e-20, iterations=60)
    torch.testing.assert_close(found.flatten(1), -r @ torch.linalg.pinv(J).T)


@pytest.mark.parametrize("share", [0.9, 0.5, 0.01])
def test_it_leaves_the_aim_and_not_less(case, share):
    _, r, push, pull = case
    aim = share * float(r.square().sum(1).min())
    found = least_change(r, push, pull, aim=aim, slack=1e-12, iterations=30)
    left = (r + push(found)).square().sum(1)
    torch.testing.assert_close(left, torch.full_like(left, aim))


def test_what_is_there_already_does_not_change_and_the_others_do(case):
    _, r, push, pull = case
    r = r * torch.tensor([0.0, 1e-3, 1.0], dtype=r.dtype)[:, None]
    found = least_change(r, push, pull, aim=1e-2, slack=1e-3, iterations=30)
    assert not found[:2].any()
    assert found[2].any()
    assert found.isfinite().all()
