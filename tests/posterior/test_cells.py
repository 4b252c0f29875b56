"""A few draws stand for all of them: each for those that are nearest to it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from eglass.errors import InputError
from eglass.perceptual.spread import farthest
from eglass.posterior.cells import far_apart, nearest


def heaps(*sizes: int) -> torch.Tensor:
    """Return points in tight heaps that are far from one another."""
    rng = torch.Generator().manual_seed(0)
    parts = [
        torch.tensor([10.0 * i, 7.0 * i**2]) + 0.1 * torch.randn(size, 2, generator=rng)
        for i, size in enumerate(sizes)
    ]
    return torch.cat(parts)


def test_each_heap_is_stood_for_by_one_of_it_with_its_share():
    points = heaps(10, 60, 30)
    found = far_apart(points, 3, ess=100)
    assert found.share.tolist() == [0.6, 0.3, 0.1]
    heap = np.repeat([0, 1, 2], [10, 60, 30])
    assert heap[found.chosen].tolist() == [1, 2, 0]
    assert (heap[found.chosen][found.cell] == heap).all()


def far_and_unlike(points: torch.Tensor, chosen) -> tuple[float, float]:
    """Return the mean squared distance within a set, and its energy distance to all."""
    within = [
        (a - b).norm().item() for i, a in enumerate(points[chosen]) for b in points[chosen][:i]
    ]
    across = torch.cdist(points[chosen], points).mean().item()
    return float(np.mean(np.square(within))), 2 * across - float(np.mean(within))


def test_no_exchange_makes_them_more_like_all_and_as_far_apart(rng):
    points = torch.randn(100, 20, generator=rng)
    found = far_apart(points, 8, ess=100).chosen.tolist()
    least, rim = far_and_unlike(points, farthest(points, 8))
    apart, unlike = far_and_unlike(points, found)
    assert apart >= least
    assert unlike < rim
    for place in range(8):
        for other in set(range(100)) - set(found):
            apart, energy = far_and_unlike(points, [*found[:place], other, *found[place + 1 :]])
            assert apart < least or energy >= unlike - 1e-6


def test_no_draw_stands_beside_one_that_is_its_like(rng):
    for _ in range(20):
        points = torch.randn(19, 20, generator=rng)
        # Of chains that did not move.
        points[12:] = points[0]
        assert torch.pdist(points[far_apart(points, 10, ess=19).chosen]).min() > 1


def test_one_alone_is_the_one_in_the_middle(rng):
    points = torch.randn(50, 2, generator=rng)
    middle = torch.cdist(points, points).sum(1).argmin()
    assert far_apart(points, 1, ess=50).chosen.tolist() == [middle]


def test_of_all_there_are_each_is_chosen():
    assert sorted(far_apart(heaps(2, 3), 5, ess=5).chosen) == list(range(5))


def test_the_error_of_a_share_is_the_spread_of_shares_over_many_samples(rng):
    centres = torch.tensor([[0.0], [4.0]])
    shares = []
    for _ in range(400):
        draws = torch.where(torch.rand(50, 1, generator=rng) < 0.3, 0.0, 4.0)
        shares.append((nearest(draws, centres) == 0).mean())
    draws = torch.cat([torch.zeros(15, 1), torch.full((35, 1), 4.0)])
    assert far_apart(draws, 2, ess=50).error[1] == pytest.approx(np.std(shares), rel=0.15)


def test_half_as_many_independent_draws_are_a_larger_error():
    points = heaps(30, 70)
    few, many = far_apart(points, 2, ess=50), far_apart(points, 2, ess=100)
    np.testing.assert_allclose(few.error, many.error * 2**0.5)


def test_more_than_there_are_is_refused():
    with pytest.raises(InputError, match="subset of 4"):
        far_apart(torch.zeros(3, 2), 4, ess=3)
