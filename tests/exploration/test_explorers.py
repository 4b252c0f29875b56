"""From one solution to N: what every explorer promises, and what each claims."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from eglass.evaluation.diversity import mean_pairwise, pairwise
from eglass.errors import InputError
from eglass.exploration.start import Explorer
from eglass.exploration import (
    Algorithm1,
    Anchors,
    Curved,
    Eigenvectors,
    PosteriorDraws,
    PulseSet,
    Repulsion,
    TrustRegion,
)
from eglass.exploration.explorer import damped_inverse, within_shell
from eglass.exploration.straight import trust_region
from eglass.geometry import Geometry, explore_geometry

EXPLORERS = [
    Algorithm1(bisections=3),
    Eigenvectors(bisections=3),
    TrustRegion(bisections=3),
    Curved(strides=2),
    Anchors(starts=2, steps=2, anchors=2, around=TrustRegion(bisections=3)),
    PosteriorDraws(corrections=2, bisections=4),
    Repulsion(steps=2),
    PulseSet(steps=2),
]


@pytest.fixture(scope="module")
def z0(generator) -> torch.Tensor:
    return generator.sample(1, torch.Generator().manual_seed(1000))[0]


@pytest.fixture(scope="module")
def geometry(generator, super_resolution, perceptual, z0) -> Geometry:
    return explore_geometry(generator, super_resolution, perceptual, z0)


@pytest.fixture
def walker(generator, super_resolution, perceptual, z0) -> Explorer:
    return Explorer(generator, super_resolution, perceptual, z0)


@pytest.mark.parametrize("explore", EXPLORERS, ids=lambda explore: explore.name)
def test_it_gives_as_many_as_asked_and_calls_none_feasible_that_is_not(
    explore, walker, geometry, rng
):
    found = explore(walker, geometry, count=5, rng=rng)
    assert len(found.table) == len(found.latents) == len(found.images) == 5
    torch.testing.assert_close(walker.generator(found.latents), found.images, atol=1e-4, rtol=0)
    l2 = walker.problem.l2(found.images)
    assert found.table["feasible"].tolist() == (l2 <= walker.problem.threshold).tolist()
    if not explore.from_scratch:
        assert found.table["feasible"].all()


@pytest.mark.parametrize("explore", EXPLORERS[:-1], ids=lambda explore: explore.name)
def test_where_z0_is_infeasible_nothing_near_it_is_called_feasible(
    explore, walker, geometry, rng, generator
):
    far = generator.sample(1, torch.Generator().manual_seed(7))[0]
    found = explore(dataclasses.replace(walker, z0=far), geometry, count=3, rng=rng)
    l2 = walker.problem.l2(generator(found.latents))
    assert len(l2) == 3
    assert found.table["feasible"].tolist() == (l2 <= walker.problem.threshold).tolist()


def test_no_direction_beats_the_first_of_the_trust_region(geometry, rng):
    damping = 4e-4
    metric = geometry.H_Y + damping * torch.eye(100)

    def quotient(d):
        return (d @ geometry.H_X @ d) / (d @ metric @ d)

    found = trust_region(geometry, damping)
    torch.testing.assert_close(found.norm(dim=1), torch.ones(100))
    rivals = [*geometry.V.T, *torch.randn(200, 100, generator=rng)]
    assert all(quotient(found[0]) > quotient(d) for d in rivals)
    values = torch.stack([quotient(d) for d in found[:20]])
    assert (values.diff() <= 1e-4 * values[0]).all()
    # Conjugate: what one of them adds to the damped ℓ2, no other does.
    apart = found[:5] @ metric @ found[:5].T
    assert (apart - apart.diag().diag()).abs().max() < 1e-2 * apart.diag().min()


def test_a_damping_that_is_not_positive_is_refused(geometry):
    with pytest.raises(InputError, match="damping λ is 0"):
        trust_region(geometry, 0)


def test_the_damped_inverse_is_the_inverse(geometry):
    metric = geometry.H_Y.double() + 1e-2 * torch.eye(100)
    naive = torch.linalg.inv(metric).float()
    torch.testing.assert_close(damped_inverse(geometry, 1e-2), naive, atol=1e-2, rtol=1e-3)


def test_latents_beyond_the_shell_come_back_to_it_and_others_stay(walker):
    inside, outside = 0.5 * walker.z0, 3 * walker.z0
    found = within_shell(torch.stack([inside, outside]), walker)
    torch.testing.assert_close(found[0], inside)
    expected = max(10.0, float(walker.z0.norm()))
    assert float(found[1].norm()) == pytest.approx(expected, rel=1e-5)


def test_more_solutions_than_ways_take_shorter_laps(walker, geometry, rng):
    few = Geometry(
        geometry.z0,
        geometry.Lambda[:2],
        geometry.U[:, :2],
        geometry.Omega[:2],
        geometry.V[:, :2],
        geometry.trace_Y,
        geometry.trace_X,
    )
    found = Eigenvectors(first_K=1, bisections=4)(walker, few, count=7, rng=rng).table
    assert found["direction"].tolist() == ["v1", "v1", "v2", "v2", "v1", "v1", "v2"]
    assert found["step"][4:].tolist() == pytest.approx((found["step"][:3] / 2).tolist())


def test_solutions_that_repel_each_other_are_farther_apart_than_they_began(
    walker, geometry, rng, perceptual
):
    seed = rng.get_state()
    few = Repulsion(steps=1)(walker, geometry, count=6, rng=rng)
    many = Repulsion(steps=8)(walker, geometry, count=6, rng=rng.set_state(seed))
    straight = Algorithm1(bisections=5)(walker, geometry, count=6, rng=rng)
    apart = [mean_pairwise(pairwise(perceptual.features(s.images))) for s in (few, many, straight)]
    assert apart[1] > 1.2 * apart[0]
    assert apart[1] > 1.3 * apart[2]
    assert many.table["feasible"].all()
    outermost = max(10.0, float(walker.z0.norm()))
    assert float(many.latents.norm(dim=1).max()) <= outermost * (1 + 1e-5)


def test_draws_of_the_prior_keep_only_what_the_measurement_does_not_see(walker, geometry, rng):
    found = PosteriorDraws(corrections=10)(walker, geometry, count=8, rng=rng)
    assert found.table["feasible"].all()
    went = found.latents - walker.z0
    seen = (went @ geometry.U[:, :10]).norm(dim=1)
    unseen = (went @ geometry.U[:, 60:]).norm(dim=1)
    assert (unseen > 3 * seen).all()
    # As typical of the prior as latents along a direction are not.
    straight = Algorithm1(bisections=5)(walker, geometry, count=8, rng=rng)
    assert found.table["atypicality"].abs().mean() < straight.table["atypicality"].abs().mean()


def test_where_a_draw_does_not_arrive_the_solution_lies_on_the_way_to_it(walker, geometry, rng):
    hurried = PosteriorDraws(corrections=1, slack=1e-6)(walker, geometry, count=6, rng=rng)
    assert hurried.table["feasible"].all()
    assert (hurried.latents != walker.z0).any(dim=1).all()


def test_repulsion_begins_where_any_explorer_ends(walker, geometry, rng):
    begun = Repulsion(begin=TrustRegion(bisections=4), start=0.7, steps=1)
    found = begun(walker, geometry, count=4, rng=rng)
    assert found.table["direction"].tolist() == ["g1", "g1", "g2", "g2"]
    assert found.table["feasible"].all()


def test_a_curved_path_goes_on_where_a_straight_one_must_end(walker, geometry, rng):
    bent = Curved(strides=6)(walker, geometry, count=4, rng=rng)
    first = trust_region(geometry, walker.problem.threshold / 25)[:2]
    ways = torch.stack([sign * d for d in first for sign in (1, -1)])
    edge = walker.largest_feasible_steps(ways, max_step=12)
    gone = (bent.latents - walker.z0).norm(dim=1)
    assert bent.table["feasible"].all()
    assert gone.max() > edge[gone.argmax()]


@pytest.mark.parametrize(
    ("explorer", "setting"),
    [
        (TrustRegion, "radius"),
        (Algorithm1, "max_step"),
        (Curved, "strides"),
        (Anchors, "starts"),
        (PosteriorDraws, "slack"),
        (Repulsion, "barrier"),
        (PulseSet, "eps"),
    ],
)
def test_settings_out_of_range_are_named(explorer, setting):
    with pytest.raises(InputError, match=f"{setting} is 0"):
        explorer(**{setting: 0})
