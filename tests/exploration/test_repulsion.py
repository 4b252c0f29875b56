"""Solutions that repel one another."""

from __future__ import annotations

import torch

from eglass.evaluation.diversity import mean_pairwise
from eglass.exploration import Algorithm1, PosteriorDraws, Repulsion, TrustRegion
from eglass.perceptual.spread import pairwise


def test_solutions_that_repel_each_other_are_farther_apart_than_they_began(start, perceptual):
    def found(explorer):
        return explorer(start, count=6, rng=torch.Generator().manual_seed(0))

    def apart(solutions):
        return mean_pairwise(pairwise(perceptual.features(solutions.images)))

    pushed = found(Repulsion(steps=8))
    assert apart(pushed) > 1.3 * apart(found(PosteriorDraws()))
    assert apart(pushed) > 1.3 * apart(found(Algorithm1()))
    assert pushed.feasible.all()
    outermost = max(10.0, float(start.z0.norm()))
    assert float(pushed.latents.norm(dim=1).max()) <= outermost * (1 + 1e-5)


def test_it_begins_where_another_explorer_ends(start, rng):
    begin = TrustRegion(bisections=4)
    found = Repulsion(begin=begin, begin_at=0.1, first_step=1e-9, steps=1)(start, count=4, rng=rng)
    begun = begin(start, count=4, rng=rng)
    assert found.directions == begun.directions
    expected = start.z0 + 0.1 * (begun.latents - start.z0)
    torch.testing.assert_close(found.latents, expected, atol=1e-4, rtol=0)


def test_what_begins_infeasible_begins_at_z0_instead(start, rng):
    class Outside(TrustRegion):
        def __call__(self, start, **options):
            found = super().__call__(start, **options)
            return start.measure(
                start.z0 + 30 * (found.latents - start.z0),
                method=self.method,
                directions=found.directions,
                steps=found.steps,
            )

    outside = Outside(bisections=2)
    assert not outside(start, count=2, rng=rng).feasible.any()
    found = Repulsion(begin=outside, first_step=1e-9, steps=1)(start, count=2, rng=rng)
    torch.testing.assert_close(found.latents, start.z0.expand(2, -1), atol=1e-4, rtol=0)
    assert found.feasible.all()


def test_a_barrier_keeps_solutions_away_from_the_threshold(start):
    def l2(barrier: float) -> float:
        rng = torch.Generator().manual_seed(0)
        return float(Repulsion(barrier=barrier, steps=6)(start, count=4, rng=rng).l2.mean())

    assert l2(10.0) < 0.7 * l2(0.01)
