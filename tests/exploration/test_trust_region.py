"""Directions that are seen most for what is measured least."""

from __future__ import annotations

import torch

from eglass.exploration import TrustRegion
from eglass.exploration.trust_region import trust_region


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


def test_the_explorer_walks_along_the_best_for_its_radius(start, geometry, rng):
    found = TrustRegion(radius=4.0, bisections=2)(start, count=3, rng=rng)
    d = trust_region(geometry, start.problem.threshold / 16)[[0, 0, 1]]
    moves = torch.tensor(found.steps)[:, None] * d
    torch.testing.assert_close(found.latents, start.z0 + moves)
    assert [str(each) for each in found.directions] == ["g1", "g1", "g2"]
