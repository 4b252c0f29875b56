"""Where steps lead: straight on, or around the sphere of z0's norm."""

from __future__ import annotations

import math

import pytest
import torch

from eglass.exploration import Algorithm1, Eigenvectors, TrustRegion, walk, walk_to_the_edge
from eglass.exploration.eigenvectors import along_eigenvectors
from eglass.exploration.explorer import damped_inverse
from eglass.exploration.paths import TRUSTED, sphere, straight
from eglass.records import Method

METHOD = Method("x", "X")
STEPS = torch.tensor([-8.0, -2.5, 0.5, 3.0, 8.0])


@pytest.fixture(scope="module")
def d(start):
    """Unit directions, the first of which has a part along z0."""
    rng = torch.Generator().manual_seed(0)
    mixed = torch.randn(5, 100, generator=rng)
    mixed[0] += start.z0
    return torch.nn.functional.normalize(mixed)


@pytest.fixture(scope="module")
def unseen(start):
    """The part of z0 that the measurement sees least, by a naive inverse."""
    metric = start.geometry.H_Y.double() + 1e-2 / TRUSTED**2 * torch.eye(100)
    return torch.linalg.solve(metric, start.z0.double())


def test_the_straight_path_is_the_papers(start, d):
    torch.testing.assert_close(straight(start, d, STEPS), start.z0 + STEPS[:, None] * d)


def test_the_sphere_keeps_the_norm(start, d):
    norms = sphere(start, d, STEPS).norm(dim=1)
    torch.testing.assert_close(norms, start.z0.norm().expand(5), rtol=1e-5, atol=0)


def test_its_derivative_at_z0_is_what_of_d_is_tangent_in_the_metric_of_the_measurement(
    start, d, unseen
):
    h = 1e-2
    ahead, behind = (sphere(start, d, torch.full((5,), step)) for step in (h, -h))
    slope = ((ahead - behind) / (2 * h)).double()
    # The d' with d'ᵀz0 = 0 for which (d' − d)ᵀ(H_Y + λI)(d' − d) is least, of unit length.
    z0, wide = start.z0.double(), d.double()
    tangent = wide - torch.outer(wide @ z0 / (unseen @ z0), unseen)
    expected = torch.nn.functional.normalize(tangent)
    torch.testing.assert_close(slope, expected, rtol=0, atol=2e-3)
    assert (expected @ z0).abs().max() < 1e-6


def test_it_is_a_circle_in_the_plane_of_d_and_the_part_of_z0_that_is_not_seen(start, d, unseen):
    moves = (sphere(start, d, STEPS) - start.z0).double()
    for move, each in zip(moves, d.double()):
        plane, _ = torch.linalg.qr(torch.stack([each, unseen], 1))
        assert (move - plane @ (plane.T @ move)).norm() < 1e-3 * move.norm()


def test_a_step_is_the_length_of_the_arc(start, d):
    many = torch.linspace(0, 6, 2001)
    curve = sphere(start, d[:1].expand(2001, -1), many).double()
    assert float(curve.diff(dim=0).norm(dim=1).sum()) == pytest.approx(6, rel=1e-3)


def test_it_comes_back_after_a_whole_turn(start, d):
    w = damped_inverse(start.geometry, start.problem.threshold / TRUSTED**2) @ start.z0
    ahead = sphere(start, d, torch.full((5,), 1e-3)) - start.z0
    along = torch.nn.functional.normalize(ahead)
    inwards = torch.nn.functional.normalize(w - (along @ w)[:, None] * along)
    turn = 2 * math.pi * (inwards @ start.z0)
    torch.testing.assert_close(sphere(start, d, turn), start.z0.expand(5, -1), rtol=0, atol=0.05)


def test_measured_less_than_a_great_circle(start, geometry):
    """What the great circle gives up is z0 itself, of which the measurement sees much."""
    along = torch.stack(list(Algorithm1().directions(geometry, range(8, 13)).values()))
    z0 = start.z0
    tangent = torch.nn.functional.normalize(along - torch.outer(along @ z0, z0) / (z0 @ z0))
    angle = 8 / z0.norm()
    great = z0 * angle.cos() + z0.norm() * tangent * angle.sin()
    l2 = [
        float(start.problem.l2(start.generator(z)).mean())
        for z in (great, sphere(start, along, torch.full((5,), 8.0)))
    ]
    assert l2[1] < l2[0]


def test_walks_follow_the_path_that_is_asked_for(start, geometry):
    along = along_eigenvectors(geometry, [8, 9])
    directions = torch.stack(list(along.values()))
    found = walk(start, along, [2.0], path="sphere", method=METHOD)
    torch.testing.assert_close(found.latents, sphere(start, directions, torch.tensor([2.0, 2.0])))
    edge = walk_to_the_edge(start, along, max_step=8.0, path="sphere", method=METHOD)
    ways = directions.repeat_interleave(2, 0)
    torch.testing.assert_close(edge.latents, sphere(start, ways, torch.tensor(edge.steps)))
    assert edge.feasible.all()


@pytest.mark.parametrize("kind", [Algorithm1, Eigenvectors, TrustRegion])
def test_on_the_sphere_solutions_are_as_typical_as_z0(start, kind, rng):
    explorer = kind(bisections=4, path="sphere")
    found = explorer(start, count=6, rng=rng)
    own = start.generator.prior.atypicality(start.z0[None])
    torch.testing.assert_close(found.atypicality, own.expand(6), rtol=0, atol=1e-3)
    assert found.feasible.all()
    assert not torch.allclose(found.latents, kind(bisections=4)(start, count=6, rng=rng).latents)
