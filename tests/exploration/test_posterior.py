"""Draws of the prior, moved to where the measurement allows them."""

from __future__ import annotations

from eglass.exploration import Algorithm1, PosteriorDraws


def test_draws_of_the_prior_keep_only_what_the_measurement_does_not_see(start, geometry, rng):
    found = PosteriorDraws(corrections=10)(start, count=8, rng=rng)
    assert found.feasible.all()
    went = found.latents - start.z0
    seen = (went @ geometry.U[:, :10]).norm(dim=1)
    unseen = (went @ geometry.U[:, 60:]).norm(dim=1)
    assert (unseen > 3 * seen).all()
    # As typical of the prior as latents along a direction are not.
    straight = Algorithm1(bisections=5)(start, count=8, rng=rng)
    assert found.atypicality.abs().mean() < straight.atypicality.abs().mean()


def test_where_a_draw_does_not_arrive_the_solution_lies_on_the_way_to_it(start, geometry, rng):
    hurried = PosteriorDraws(corrections=1, slack=1e-6)(start, count=6, rng=rng)
    assert hurried.feasible.all()
    assert (hurried.latents != start.z0).any(dim=1).all()
