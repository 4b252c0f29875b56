"""Straight walks: by given steps, or as far as images stay feasible."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from eglass.errors import InputError
from eglass.exploration import walk, walk_to_the_edge
from eglass.exploration.eigenvectors import along_eigenvectors
from eglass.exploration.walks import largest_steps
from eglass.records import Direction, Method
from tests.cases import start_at

METHOD = Method("x", "X")
V8 = Direction("v", 8)


@pytest.fixture(scope="module")
def v8(geometry):
    return along_eigenvectors(geometry, [8])


@pytest.fixture(scope="module")
def elsewhere(generator, super_resolution, perceptual):
    """Where nothing is feasible."""
    z = generator.sample(1, torch.Generator().manual_seed(7))[0]
    return start_at(z, generator, super_resolution, perceptual)


# Given steps


def test_ten_solutions_cost_ten_images(start, geometry, generator, monkeypatch):
    images = []
    forward = type(generator).forward
    monkeypatch.setattr(
        type(generator), "forward", lambda self, z: images.append(len(z)) or forward(self, z)
    )
    fresh = replace(start)
    found = walk(fresh, along_eigenvectors(geometry, range(8, 13)), [-3, 3], method=METHOD)
    assert len(found) == 10
    # And one for G(z0), which LPIPS is measured to, the first time.
    assert sum(images) == 11


def test_a_walk_says_where_each_image_comes_from(start, geometry, generator, v8):
    found = walk(start, v8, [-2, 4], method=METHOD)
    v = geometry.eigenvector(8)
    torch.testing.assert_close(found.latents, torch.stack([start.z0 - 2 * v, start.z0 + 4 * v]))
    torch.testing.assert_close(found.images, generator(found.latents))
    assert found.directions == [V8, V8]
    assert found.steps == [-2, 4]
    assert found.method == METHOD


def test_infeasible_images_are_kept_and_marked(start, geometry):
    found = walk(start, along_eigenvectors(geometry, [1]), [0.1, 8], method=METHOD)
    assert found.feasible.tolist() == [True, False]
    assert found.feasible.tolist() == (found.l2 <= 1e-2).tolist()


@pytest.mark.parametrize("steps", [[], [0], [1, float("nan")], [float("inf")]])
def test_steps_that_lead_nowhere_are_refused(start, v8, steps):
    with pytest.raises(InputError, match="step η"):
        walk(start, v8, steps, method=METHOD)


# The edge


def test_the_largest_step_is_allowed_and_a_longer_one_is_not(start, generator):
    directions = start.geometry.V[:, :6].T
    edge = largest_steps(
        start,
        directions,
        lambda images: start.problem.l2(images) <= 1e-2,
        max_step=20.0,
        bisections=12,
    )
    assert (edge < 20).all()
    assert (edge > 0.5).all()

    def l2(steps: torch.Tensor) -> torch.Tensor:
        return start.problem.l2(generator(start.z0 + steps[:, None] * directions))

    assert (l2(edge) <= 1e-2).all()
    assert (l2(edge + 0.02) > 1e-2).all()


def test_where_all_is_allowed_the_largest_step_is_the_limit(start, geometry):
    everything = lambda images: torch.ones(len(images), dtype=torch.bool)  # noqa: E731
    edge = largest_steps(start, geometry.V[:, :2].T, everything, max_step=3.0, bisections=2)
    assert edge.tolist() == [3, 3]


def test_each_bisection_is_one_batch_and_is_reported(start, geometry, generator, monkeypatch):
    images, reports = [], []
    forward = type(generator).forward
    monkeypatch.setattr(
        type(generator), "forward", lambda self, z: images.append(len(z)) or forward(self, z)
    )
    walk_to_the_edge(
        replace(start),
        along_eigenvectors(geometry, [8, 9]),
        max_step=5.0,
        bisections=3,
        method=METHOD,
        progress=lambda *report: reports.append(report),
    )
    assert reports == [("exploration", i, 3) for i in (1, 2, 3)]
    # The limit, the bisections, the solutions, and G(z0).
    assert images == [4, 4, 4, 4, 4, 1]


def test_from_an_infeasible_start_no_step_is_called_feasible(elsewhere):
    along = {Direction("v", 1): torch.eye(100)[0]}
    found = walk_to_the_edge(elsewhere, along, max_step=1.0, method=METHOD)
    assert [abs(step) for step in found.steps] == [0, 0]
    assert not found.feasible.any()


def test_walking_to_the_edge_goes_both_ways(start, v8):
    found = walk_to_the_edge(start, v8, max_step=5.0, method=METHOD)
    assert [step > 0 for step in found.steps] == [True, False]
    assert found.feasible.all()
    moves = torch.tensor(found.steps)[:, None] * v8[V8]
    torch.testing.assert_close(found.latents, start.z0 + moves)


def test_more_solutions_than_ways_take_shorter_laps(start, geometry):
    along = along_eigenvectors(geometry, [1, 2])
    found = walk_to_the_edge(start, along, count=11, max_step=8.0, bisections=4, method=METHOD)
    assert [each.number for each in found.directions] == [1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2]
    first = found.steps[:4]
    assert found.steps[4:8] == pytest.approx([step / 2 for step in first])
    assert found.steps[8:] == pytest.approx([step / 3 for step in first[:3]])


def test_fewer_solutions_than_ways_leave_out_the_last(start, geometry, generator, monkeypatch):
    images = []
    forward = type(generator).forward
    monkeypatch.setattr(
        type(generator), "forward", lambda self, z: images.append(len(z)) or forward(self, z)
    )
    along = along_eigenvectors(geometry, [1, 2])
    found = walk_to_the_edge(start, along, count=3, max_step=8.0, bisections=5, method=METHOD)
    ways = [(each.number, step > 0) for each, step in zip(found.directions, found.steps)]
    assert ways == [(1, True), (1, False), (2, True)]
    # And cost nothing.
    assert max(images) == 3


def test_a_walk_can_end_at_a_distance_or_an_l2(start, v8):
    near = walk_to_the_edge(start, v8, max_step=8, until_distance=0.02, method=METHOD)
    assert near.distance.tolist() == pytest.approx([0.02, 0.02], rel=0.05)
    near = walk_to_the_edge(start, v8, max_step=8, until_l2=1e-3, method=METHOD)
    assert near.l2.tolist() == pytest.approx([1e-3, 1e-3], rel=0.05)
    assert near.l2.max() <= 1e-3


def test_the_threshold_holds_however_far_a_walk_may_go(start, geometry):
    along = along_eigenvectors(geometry, [1])
    found = walk_to_the_edge(
        start, along, max_step=20, until_l2=1.0, until_distance=10.0, method=METHOD
    )
    assert found.feasible.all()
    assert found.l2.tolist() == pytest.approx([1e-2, 1e-2], rel=0.1)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"until_distance": -1.0}, "until_distance is -1.0: expected a number above 0"),
        ({"count": 0}, "count is 0: expected a whole number from 1 on"),
        ({"max_step": float("nan")}, "max_step is nan: expected a number above 0"),
    ],
)
def test_limits_that_admit_nothing_are_refused(start, v8, given, complaint):
    with pytest.raises(InputError, match=complaint):
        walk_to_the_edge(start, v8, **({"max_step": 8.0, "method": METHOD} | given))


@pytest.mark.parametrize(("along", "given"), [([torch.ones(100)], "a list"), ({}, "empty")])
def test_directions_without_names_are_refused(start, along, given):
    for go in (
        lambda: walk(start, along, [1.0], method=METHOD),
        lambda: walk_to_the_edge(start, along, max_step=1.0, method=METHOD),
    ):
        with pytest.raises(InputError, match=f"walked along is {given}: expected unit vectors"):
            go()


@pytest.mark.parametrize("K", [[8.5], "auto", ["8"]])
def test_an_eigenvector_is_counted_in_whole_numbers(geometry, K):
    with pytest.raises(InputError, match="expected whole numbers from 1 to 100"):
        along_eigenvectors(geometry, K)
