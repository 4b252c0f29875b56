"""PULSE as an explorer: as many starts as solutions, and what is kept of each."""

from __future__ import annotations

import copy
import math
from dataclasses import replace

import pytest
import torch

from eglass.exploration import Pulse
from eglass.inversion import SphericalSearch


def test_it_solves_from_as_many_draws_of_the_prior(generator, super_resolution):
    starts = generator.sample(2, torch.Generator().manual_seed(3))
    search = SphericalSearch(generator, super_resolution, starts, lr=0.3, steps=4, eps=1e-3)
    search.minimise(4, "pulse")
    found = Pulse(steps=4, lr=0.3, eps=1e-3).solve(
        generator, super_resolution, count=2, rng=torch.Generator().manual_seed(3)
    )
    torch.testing.assert_close(found.best_latents, search.best_latents)
    torch.testing.assert_close(found.best_l2, search.best_l2)


def test_a_start_that_misses_the_threshold_is_kept_and_marked(start, rng):
    found = Pulse(steps=2)(start, count=2, rng=rng)
    assert len(found) == 2
    assert not found.feasible.any()
    assert all(math.isnan(step) for step in found.steps)
    assert [str(each) for each in found.directions] == ["start 1", "start 2"]


def test_what_it_returns_is_the_best_of_each_start(start, rng):
    found = Pulse(steps=12, lr=2.0)(start, count=2, rng=rng)
    best = found.history.groupby("start")["l2"].min()
    assert found.l2.tolist() == pytest.approx(best.tolist(), rel=1e-3)


def test_it_starts_from_the_prior_and_not_from_the_adapted_generator(start, generator):
    def solved(start):
        return Pulse(steps=2)(start, count=2, rng=torch.Generator().manual_seed(0))

    adapted = copy.deepcopy(generator)
    adapted.main[12].weight.mul_(0.5)
    moved = replace(start, inverted=replace(start.inverted, generator=adapted))
    torch.testing.assert_close(solved(moved).latents, solved(start).latents)
    torch.testing.assert_close(solved(moved).images, solved(start).images)


def test_it_ends_once_enough_starts_are_there(generator, super_resolution):
    def solved(enough):
        return Pulse(steps=100, stop_at=0.02).solve(
            generator,
            super_resolution,
            count=3,
            rng=torch.Generator().manual_seed(0),
            enough=enough,
        )

    one, every = solved(1), solved(None)
    assert 1 <= int((one.best_l2 <= 0.02).sum()) < 3
    assert (every.best_l2 <= 0.02).all()
    assert len(one.losses) < len(every.losses) < 100


def test_a_long_run_is_cut_short_at_its_first_report(start, generator, monkeypatch, rng):
    images = []
    forward = type(generator).forward
    monkeypatch.setattr(
        type(generator), "forward", lambda self, z: images.append(1) or forward(self, z)
    )

    class Enough(Exception):
        pass

    def cancel(*report):
        raise Enough

    with pytest.raises(Enough):
        Pulse(steps=1000)(start, count=1, rng=rng, progress=cancel)
    assert len(images) == 10
