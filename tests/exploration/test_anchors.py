"""Exploring around several minima, and what is kept of it."""

from __future__ import annotations

from itertools import combinations

import pytest
import torch

from eglass.exploration import Anchors, TrustRegion
from eglass.perceptual.spread import pairwise
from eglass.problems import Problem


@pytest.fixture
def two_minima(start, monkeypatch):
    """Where a search would end: a second solution, 2 away from the first."""
    z = start.z0 + 2 * start.geometry.U[:, 70]
    monkeypatch.setattr(Anchors, "_minima", lambda *_: z[None])
    return start.z0, z


def test_it_explores_around_each_minimum(start, two_minima, rng):
    around = TrustRegion(bisections=3)
    found = Anchors(around=around)(start, count=6, rng=rng)
    assert {each.anchor for each in found.directions} == {1, 2}
    assert found.feasible.all()
    for z, anchor in zip(two_minima, (1, 2)):
        moved = start.moved_to(z)
        proposed = around(moved, count=6, rng=rng).latents
        ours = found.latents[[each.anchor == anchor for each in found.directions]]
        assert torch.cdist(ours, proposed).amin(1).max() < 1e-3


def test_it_keeps_what_is_far_apart(start, two_minima, perceptual, rng):
    around = TrustRegion(bisections=3)
    parts = [around(start.moved_to(z), count=4, rng=rng) for z in two_minima]
    distances = pairwise(perceptual.features(torch.cat([part.images for part in parts])))
    best = max(distances[pair].item() for pair in combinations(range(8), 2))
    found = Anchors(around=around, surplus=4.0)(start, count=2, rng=rng)
    kept = pairwise(perceptual.features(found.images))[0, 1]
    assert float(kept) == pytest.approx(best, rel=1e-3)


@pytest.mark.parametrize("surplus", [0.01, 1.0, 1.3])
def test_a_small_surplus_still_gives_as_many(start, two_minima, rng, surplus):
    found = Anchors(around=TrustRegion(bisections=1), surplus=surplus)(start, count=3, rng=rng)
    assert len(found) == 3


def test_minima_are_feasible_and_the_best_of_the_search(start):
    explorer = Anchors(starts=6, steps=60, anchors=3)
    rng = torch.Generator().manual_seed(0)
    minima = explorer._minima(start, rng, lambda *_: None)
    assert 1 <= len(minima) <= 2
    l2 = start.problem.l2(start.generator(minima))
    assert (l2 <= start.problem.threshold).all()
    assert l2.tolist() == sorted(l2.tolist())
    assert (minima - start.z0).norm(dim=1).min() > 1


def test_where_the_search_finds_none_it_explores_around_z0_alone(start, target, rng):
    strict = start.with_problem(Problem.simulate(start.problem.physics, target, threshold=1e-5))
    explorer = Anchors(starts=3, steps=2, around=TrustRegion(bisections=8))
    assert len(explorer._minima(strict, rng, lambda *_: None)) == 0
    found = explorer(strict, count=3, rng=rng)
    assert {each.anchor for each in found.directions} == {1}
    assert found.feasible.all()


def test_where_too_few_are_feasible_the_rest_is_filled_with_what_is_not(start):
    images = torch.zeros(5, 3, 64, 64)
    feasible = torch.tensor([False, True, False, True, False])
    assert Anchors()._far_apart(start, images, feasible, 4) == [1, 3, 0, 2]
