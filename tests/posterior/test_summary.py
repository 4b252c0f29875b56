"""What exact draws say: shares, a tree, and walks that stay where the measurement allows."""

from __future__ import annotations

import pandas as pd
import pytest
import torch

from eglass.errors import InputError
from eglass.perceptual import Pixels
from eglass.posterior import Posterior, UniformBall, reject, summarise
from eglass.posterior.component_walks import brought_back
from tests.posterior.linear import Linear, half_measured

TRUTH = torch.tensor([1.0, -0.5, 0.3, 0.8, -1.2, 0.1])


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    generator = Linear()
    return Posterior(half_measured(generator, TRUTH), generator, UniformBall(threshold=0.02))


@pytest.fixture(scope="module")
def draws(posterior):
    (found,) = reject([posterior], 20_000, torch.Generator().manual_seed(0))
    return found


@pytest.fixture(scope="module")
def summary(posterior, draws):
    return summarise(posterior, draws, Pixels(), count=5)


def test_the_few_are_draws_and_their_shares_are_all_of_the_probability(summary, draws):
    assert summary.chosen.shape == (5, 6)
    for z in summary.chosen:
        assert (draws.flat == z).all(1).any()
    assert summary.cells.share.sum() == pytest.approx(1)


def test_every_step_of_a_walk_is_feasible_and_they_lead_somewhere(posterior, summary):
    assert len(summary.walks) == 2
    for walk in summary.walks:
        assert (walk.l2 <= 0.02).all()
        assert (posterior.l2(walk.latents) <= 0.02).all()
        assert (walk.reached.diff() > 0).all()
        torch.testing.assert_close(walk.reached, torch.tensor(walk.steps), atol=0.5, rtol=0)
    first, second = summary.walks
    assert first.explained > second.explained > 0


def test_components_are_the_principal_components_of_images(posterior, summary):
    pixels = Pixels().features(summary.images)
    sizes = torch.linalg.eigvalsh(torch.cov(pixels.T)).flip(0)
    found = torch.tensor([walk.explained for walk in summary.walks])
    torch.testing.assert_close(found, sizes[:2] / sizes.sum(), atol=1e-3, rtol=1e-2)


def test_what_lies_outside_is_brought_back(posterior, draws):
    z = draws.flat[:20]
    far = z + torch.randn(20, 6, generator=torch.Generator().manual_seed(1))
    assert (posterior.l2(far) > 0.02).any()
    limit = torch.tensor(0.02)
    found = brought_back(posterior, far, z[0], torch.cov(draws.flat.T), limit)
    assert (posterior.l2(found) <= limit).all()
    # Nearer to where they were to go than where they would be if all had turned back.
    assert (found - far).norm(dim=1).mean() < (z[0] - far).norm(dim=1).mean()


def test_its_tables_and_pictures_belong_together(summary):
    tables = summary.tables
    assert len(tables["shares"]) == 5
    assert len(tables["tree"]) == len(summary.of_nodes)
    assert tables["tree"]["path"].iloc[0] == "all"
    assert tables["walks"].shape[0] == len(summary.of_walks) == 10
    assert all(isinstance(table, pd.DataFrame) for table in tables.values())


def test_more_solutions_than_draws_are_refused(posterior, draws):
    few = type(draws)(draws.latents[:, :3], draws.l2[:, :3], 1, {}, draws.curve, 0.0, 0.0)
    with pytest.raises(InputError, match="4 solutions of 3 draws"):
        summarise(posterior, few, Pixels(), count=4)
