"""Random directions, where G(z0) leaves them room and where it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from deepinv.physics import Downsampling

from eglass.exploration import RandomDirections, StartingPoint
from eglass.inversion import BankInversion
from eglass.pipeline import explore, find_start
from eglass.problems import Problem


@pytest.fixture(scope="module")
def start(generator, perceptual, target) -> StartingPoint:
    physics = Downsampling(generator.image_size, "bicubic", 8)
    inversion = BankInversion(bank=60, starts=1, steps=20, adaptation_steps=0)
    return find_start(
        Problem.simulate(physics, target),
        generator,
        perceptual,
        inversion=inversion,
        rng=torch.Generator().manual_seed(0),
    )


def at(start: StartingPoint, target: torch.Tensor, threshold: float) -> StartingPoint:
    problem = start.problem
    return start.with_problem(Problem.simulate(problem.physics, target, threshold=threshold))


def test_what_is_feasible_comes_first_and_no_step_is_shorter_than_asked(start, target, rng):
    # A step to where the threshold itself is foreseen turns out infeasible now and then.
    explorer = RandomDirections(share=0.99, max_step=30, min_step=2)
    found = explore(at(start, target, 3 * start.inverted.l2), explorer, count=24, rng=rng)
    assert len(found) == 24
    assert min(found.steps) > 1.999
    assert found.feasible.tolist() == sorted(found.feasible.tolist(), reverse=True)


@pytest.mark.parametrize(("times", "feasible"), [(1.5, True), (0.9, False)])
def test_where_no_room_is_left_it_still_does_not_offer_the_initial_image(
    start, target, rng, times, feasible
):
    found = explore(
        at(start, target, times * start.inverted.l2), RandomDirections(), count=6, rng=rng
    )
    assert len(found) == 6
    assert found.steps == pytest.approx([1] * 6)
    assert (found.distance > 1e-3).all()
    assert found.feasible.any() == feasible


def test_a_direction_that_is_not_measured_at_all_is_walked_to_the_largest_step(start, rng):
    blind = replace(start.geometry, H_Y=-1e-9 * torch.eye(start.geometry.dim))
    found = explore(replace(start, geometry=blind), RandomDirections(max_step=3), count=4, rng=rng)
    assert found.steps == pytest.approx([3] * 4, rel=1e-4)


def test_directions_too_short_to_count_are_passed_over_until_its_effort_is_spent(start, rng):
    tried = []
    explorer = RandomDirections(min_step=200, max_step=300, batch=1, effort=4)
    found = explore(start, explorer, count=4, rng=rng, progress=lambda *at: tried.append(at))
    assert len(found) == 2
    assert len(tried) == 1
    assert not found.feasible.any()
