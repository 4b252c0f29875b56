"""What every explorer promises."""

from __future__ import annotations

import inspect
import re

import pytest
import torch

from eglass import exploration
from eglass.errors import InputError
from eglass.exploration import (
    Algorithm1,
    Eigenvectors,
    Exact,
    Explorer,
    PosteriorDraws,
    Pulse,
    RandomDirections,
    Repulsion,
    TrustRegion,
)
from eglass.posterior import SMC
from eglass.progress import Cancelled
from tests.cases import start_at

COUNT = 5

#: Each explorer with a small budget, and what of a latent's dimension it refuses.
ROWS = [
    (
        Algorithm1(K=[8, 9, 25], bisections=4),
        {20: "k is 20: expected 0 to 19", 24: "K is 25: expected 1 to 24"},
    ),
    (Eigenvectors(bisections=4), {11: "K is 12: expected 1 to 11"}),
    (RandomDirections(), {39: "K is 40: expected 1 to 39"}),
    (TrustRegion(bisections=4), {}),
    (PosteriorDraws(corrections=2, bisections=4), {}),
    (Repulsion(steps=2, begin=RandomDirections()), {39: "K is 40: expected 1 to 39"}),
    (Pulse(steps=3), {}),
    (
        Exact(
            sampler=SMC(
                runs=2,
                prior=60,
                ancestors=4,
                moves=3,
                chains=2,
                most_moves=4,
                metric_draws=1,
                share=0.05,
            )
        ),
        {},
    ),
]
EXPLORERS = [explorer for explorer, _ in ROWS]
each = pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.method.key)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def first_run(start):
    """What each explorer finds with seed 0, computed once."""
    runs = {}

    def run(explorer: Explorer):
        if explorer.method not in runs:
            runs[explorer.method] = explorer(start, count=COUNT, rng=seeded())
        return runs[explorer.method]

    return run


def test_there_is_a_row_for_every_explorer():
    classes = (getattr(exploration, name) for name in exploration.__all__)
    known = {it for it in classes if inspect.isclass(it) and issubclass(it, Explorer)}
    assert {type(explorer) for explorer in EXPLORERS} == known - {Explorer}


def test_no_two_explorers_share_a_name():
    keys = [explorer.method.key for explorer in EXPLORERS]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch("[a-z0-9_]+", key) for key in keys)


@each
def test_there_are_as_many_solutions_as_asked_for(explorer, first_run):
    found = first_run(explorer)
    assert found.method == explorer.method
    assert len(found) == len(found.images) == len(found.directions) == len(found.steps) == COUNT
    assert len(found.table) == COUNT
    # No two of them are the same.
    assert torch.pdist(found.latents).min() > 1e-3


@each
def test_latents_make_the_images_and_images_the_numbers(explorer, start, first_run):
    found = first_run(explorer)
    with torch.no_grad():
        images = start.generator(found.latents)
        distance = start.perceptual(images, start.generator(start.z0[None]))
    torch.testing.assert_close(found.images, images, atol=1e-4, rtol=0)
    torch.testing.assert_close(found.l2, start.problem.l2(images), atol=1e-6, rtol=1e-3)
    torch.testing.assert_close(found.distance, distance, atol=1e-5, rtol=1e-3)
    atypicality = start.generator.prior.atypicality(found.latents)
    torch.testing.assert_close(found.atypicality, atypicality)


@each
def test_marks_agree_with_l2(explorer, start, first_run):
    found = first_run(explorer)
    assert found.feasible.tolist() == (found.l2 <= start.problem.threshold).tolist()
    # What starts from a solution ends in solutions; a search from scratch so short does not.
    assert found.feasible.tolist() == [not explorer.from_scratch] * COUNT


@each
def test_the_same_seed_gives_the_same_solutions(explorer, start, first_run):
    again = explorer(start, count=COUNT, rng=seeded())
    assert torch.equal(again.latents, first_run(explorer).latents)
    assert again.directions == first_run(explorer).directions


@each
def test_another_seed_is_another_choice_where_there_is_one(explorer, start, first_run):
    other = explorer(start, count=COUNT, rng=seeded(1))
    straight = isinstance(explorer, (Algorithm1, Eigenvectors, TrustRegion))
    assert torch.equal(other.latents, first_run(explorer).latents) == straight


@each
def test_random_numbers_come_from_the_generator_that_is_given(explorer, start):
    before = torch.get_rng_state()
    explorer(start, count=2, rng=seeded())
    assert torch.equal(torch.get_rng_state(), before)


@each
def test_the_generator_is_left_as_it_was(explorer, start, generator):
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    explorer(start, count=2, rng=seeded())
    assert all(torch.equal(value, before[name]) for name, value in generator.state_dict().items())
    assert not generator.training
    assert not any(parameter.requires_grad for parameter in generator.parameters())


@pytest.fixture(scope="module")
def elsewhere(generator, super_resolution, perceptual):
    """A latent that does not explain the measurement."""
    z = generator.sample(1, seeded(7))[0]
    return start_at(z, generator, super_resolution, perceptual)


@each
def test_from_an_infeasible_start_as_many_are_returned_and_marked(explorer, elsewhere):
    found = explorer(elsewhere, count=3, rng=seeded())
    assert len(found) == 3
    with torch.no_grad():
        l2 = elsewhere.problem.l2(elsewhere.generator(found.latents))
    assert found.feasible.tolist() == (l2 <= elsewhere.problem.threshold).tolist()
    # Exact draws start from the prior, wherever z0 is.
    assert bool(found.feasible.all()) == isinstance(explorer, Exact)


@each
def test_it_reports_and_nothing_more_is_computed_once_a_report_raises(
    explorer, start, generator, monkeypatch
):
    log = []
    forward = type(generator).forward
    monkeypatch.setattr(
        type(generator), "forward", lambda self, z: log.append("image") or forward(self, z)
    )

    def cancel(stage, done, total, l2=None):
        log.append("cancelled")
        assert 0 < done <= total
        raise Cancelled

    with pytest.raises(Cancelled):
        explorer(start, count=2, rng=seeded(), progress=cancel)
    assert log.count("cancelled") == 1
    assert log[-1] == "cancelled"


@pytest.mark.parametrize(
    ("explorer", "dim", "complaint"),
    [(explorer, dim, complaint) for explorer, row in ROWS for dim, complaint in row.items()],
)
def test_what_a_latent_does_not_have_is_refused(explorer, dim, complaint):
    with pytest.raises(InputError, match=complaint):
        explorer.check(dim)


@pytest.mark.parametrize(
    ("explorer", "enough"), [(explorer, max(row, default=0) + 1) for explorer, row in ROWS]
)
def test_what_a_latent_has_is_not_refused(explorer, enough):
    explorer.check(enough)
    explorer.check(100)
