"""Random directions, where G(z0) leaves them room and where it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from deepinv.physics import Downsampling

from eglass.exploration import RandomDirections, StartingPoint
from eglass.exploration.random_directions import random_directions
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


def left_of_the_span(geometry, d: torch.Tensor, first_K: int, last_K: int, k: int) -> torch.Tensor:
    """Return what of some vectors lies outside the span of v^first … v^last less u^1 … u^k."""
    U, V = geometry.U[:, :k].double(), geometry.V[:, first_K - 1 : last_K].double()
    basis, _ = torch.linalg.qr(V - U @ (U.T @ V))
    d = d.double()
    return (d - d @ basis @ basis.T).norm(dim=1) / d.norm(dim=1)


@pytest.mark.parametrize(("first_K", "last_K", "k"), [(8, 40, 20), (3, 5, 10), (1, 100, 0)])
def test_directions_are_orthogonal_to_the_top_of_U_and_within_what_v_spans(
    start, rng, first_K, last_K, k
):
    d = random_directions(start.geometry, first_K, last_K, k, 12, rng)
    torch.testing.assert_close(d.norm(dim=1), torch.ones(12))
    if k:
        assert (d @ start.geometry.U[:, :k]).abs().max() < 1e-5
    assert left_of_the_span(start.geometry, d, first_K, last_K, k).max() < 1e-4
    # They fill it: as many independent ones as it has dimensions, or as are drawn.
    assert torch.linalg.matrix_rank(d, rtol=1e-3) == min(12, last_K - first_K + 1)


def test_solutions_lie_along_such_directions_and_all_are_feasible(start, target, rng):
    explorer = RandomDirections(first_K=4, last_K=30, k=12)
    roomy = at(start, target, 4 * start.inverted.l2)
    found = explore(roomy, explorer, count=20, rng=rng)
    assert found.feasible.all()
    moves = found.latents - start.z0
    assert found.steps == pytest.approx(moves.norm(dim=1).tolist(), rel=1e-4)
    unit = moves / moves.norm(dim=1, keepdim=True)
    assert (unit @ start.geometry.U[:, :12]).abs().max() < 1e-5
    assert left_of_the_span(start.geometry, moves, 4, 30, 12).max() < 1e-4


def test_a_step_goes_to_where_the_quadratic_foresees_a_share_of_the_threshold(start, target, rng):
    roomy = at(start, target, 4 * start.inverted.l2)
    explorer = RandomDirections(share=0.6, max_step=1000.0)
    moves = explore(roomy, explorer, count=10, rng=rng).latents - start.z0
    foreseen = start.inverted.l2 + ((moves @ start.geometry.H_Y) * moves).sum(1)
    torch.testing.assert_close(
        foreseen, torch.full((10,), 0.6 * roomy.problem.threshold), rtol=1e-2, atol=0
    )


def test_directions_go_both_ways(start, target, rng):
    found = explore(at(start, target, 9 * start.inverted.l2), RandomDirections(), count=8, rng=rng)
    moves = found.latents - start.z0
    apart = torch.cdist(moves, -moves)
    assert (apart.amin(1) < 1e-3).sum() >= 4


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
    assert len(found) == 4
    assert len(tried) == 1
    assert not found.feasible.any()


def test_as_many_as_asked_for_come_where_no_step_has_room(start, target, rng):
    nowhere = at(start, target, 1e-9)
    found = RandomDirections()(nowhere, count=23, rng=rng)
    assert len(found) == len(found.table) == 23
    assert not found.feasible.any()
    assert found.steps == pytest.approx([1.0] * 23, rel=1e-3)
