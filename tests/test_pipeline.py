"""The way from a measurement to its solutions, without any configuration."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from eglass.errors import InputError
from eglass.exploration import (
    Algorithm1,
    Eigenvectors,
    Pulse,
    Repulsion,
)
from eglass.geometry import ExactGeometry
from eglass.inversion import BankInversion, ImageAdaptiveInversion
from eglass.pipeline import (
    explore,
    find_start,
    stricter,
    walk_as_the_paper,
)
from eglass.progress import Cancelled
from eglass.records import Direction
from tests.cases import INVERSION, close, seeded


class Cancelling:
    """Cancels at the first report of a stage, and counts the images made until and after then."""

    def __init__(self, monkeypatch, generator, stage: str | None = None):
        self.stage, self.total, self.images, self.cancelled_at = stage, None, 0, None
        forward = type(generator).forward

        def counting(network, latents):
            self.images += 1
            return forward(network, latents)

        monkeypatch.setattr(type(generator), "forward", counting)

    def __call__(self, stage, done, total, l2=None):
        assert self.cancelled_at is None, "reported again after it was cancelled"
        if self.stage in (None, stage):
            self.total, self.cancelled_at = total, self.images
            raise Cancelled


# From a measurement to a starting point


def test_the_start_is_what_the_inversion_found_and_the_geometry_there(
    started, generator, super_resolution, perceptual
):
    assert torch.equal(started.z0, started.inverted.latent)
    assert started.prior_generator is generator
    assert started.generator is started.inverted.generator is not generator
    expected = ExactGeometry()(started.generator, super_resolution, perceptual, started.z0)
    assert close(started.geometry.H_X, expected.H_X) < 1e-5
    prior = ExactGeometry()(generator, super_resolution, perceptual, started.z0)
    assert close(started.geometry.H_X, prior.H_X) > 1e-3
    assert set(started.seconds) == {"inversion", "geometry"}
    assert min(started.seconds.values()) > 0


def test_each_stage_is_reported_to_its_end(started, reports):
    stages = list(dict.fromkeys(stage for stage, *_ in reports))
    assert stages == ["latent", "adaptation", "geometry"]
    for name, total in (("latent", 60), ("adaptation", 12), ("geometry", 100)):
        done = [done for stage, done, *_ in reports if stage == name]
        assert done == sorted(done)
        assert done[-1] == total
        assert {total for stage, _, total, _ in reports if stage == name} == {total}
    best = [l2 for stage, _, _, l2 in reports if stage == "latent"]
    assert best == sorted(best, reverse=True)
    history = started.inverted.history.query("stage == 'latent'")
    assert best[-1] == pytest.approx(history["l2"].min(), rel=1e-4)


def test_the_same_seed_is_the_same_start(generator, super_resolution, perceptual):
    def found(seed):
        brief = ImageAdaptiveInversion(scouts=0, starts=1, steps=2, adaptation_steps=1)
        return find_start(
            super_resolution, generator, perceptual, inversion=brief, rng=seeded(seed)
        ).z0

    assert torch.equal(found(0), found(0))
    assert not torch.equal(found(0), found(1))


def test_without_an_inversion_it_is_the_image_adaptive_one(
    generator, super_resolution, perceptual, monkeypatch
):
    cancelling = Cancelling(monkeypatch, generator)
    with pytest.raises(Cancelled):
        find_start(super_resolution, generator, perceptual, rng=seeded(), progress=cancelling)
    assert cancelling.total == ImageAdaptiveInversion().scout_steps


def test_the_generator_that_was_given_is_not_changed(generator, super_resolution, perceptual):
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    random = torch.get_rng_state()
    start = find_start(super_resolution, generator, perceptual, inversion=INVERSION, rng=seeded(2))
    explore(start, Repulsion(steps=1), count=2, rng=seeded())
    assert any(
        not torch.equal(value, before[name]) for name, value in start.generator.state_dict().items()
    )
    assert all(torch.equal(value, before[name]) for name, value in generator.state_dict().items())
    assert not any(module.training for module in generator.modules())
    assert not any(parameter.requires_grad for parameter in generator.parameters())
    assert all(parameter.grad is None for parameter in generator.parameters())
    assert torch.equal(torch.get_rng_state(), random)


# Cancelling


@pytest.mark.parametrize("stage", ["scouting", "latent", "adaptation", "geometry"])
def test_any_stage_of_a_start_can_be_cancelled(
    generator, super_resolution, perceptual, monkeypatch, stage
):
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    cancelling = Cancelling(monkeypatch, generator, stage)
    inversion = replace(INVERSION, scouts=3, scout_steps=20)
    with pytest.raises(Cancelled):
        find_start(
            super_resolution,
            generator,
            perceptual,
            inversion=inversion,
            geometry=ExactGeometry(memory_gb=0.5),
            rng=seeded(),
            progress=cancelling,
        )
    assert cancelling.cancelled_at == cancelling.images
    assert all(torch.equal(value, before[name]) for name, value in generator.state_dict().items())


def test_a_search_from_a_bank_can_be_cancelled(
    generator, super_resolution, perceptual, monkeypatch
):
    cancelling = Cancelling(monkeypatch, generator)
    with pytest.raises(Cancelled):
        find_start(
            super_resolution,
            generator,
            perceptual,
            inversion=BankInversion(bank=20, steps=60),
            rng=seeded(),
            progress=cancelling,
        )
    assert cancelling.cancelled_at == cancelling.images


@pytest.mark.parametrize(
    ("explorer", "stage", "images"),
    [
        # A report each ten steps.
        (Pulse(steps=500), "pulse", 10),
        # Two passes and a step.
        (Repulsion(begin=Algorithm1(bisections=1), begin_at=0.5, steps=500), "repulsion", 8),
        (Algorithm1(bisections=500), "exploration", 2),
    ],
)
def test_any_explorer_can_be_cancelled_at_once(
    started, generator, monkeypatch, explorer, stage, images
):
    cancelling = Cancelling(monkeypatch, generator, stage)
    with pytest.raises(Cancelled):
        explore(started, explorer, count=2, rng=seeded(), progress=cancelling)
    assert cancelling.cancelled_at == cancelling.images <= images


def test_what_was_cancelled_is_resumed_where_its_checkpoint_is(
    generator, super_resolution, perceptual, tmp_path, monkeypatch
):
    options = {
        "inversion": replace(INVERSION, adaptation_steps=0),
        "rng": seeded(),
        "workdir": tmp_path,
    }
    cancelling = Cancelling(monkeypatch, generator, "latent")

    def later(stage, done, total, l2=None):
        if done >= 50:
            cancelling(stage, done, total, l2)

    with pytest.raises(Cancelled):
        find_start(super_resolution, generator, perceptual, progress=later, **options)
    assert cancelling.images == 50
    options["rng"] = seeded()
    left = []
    start = find_start(
        super_resolution,
        generator,
        perceptual,
        progress=lambda stage, done, *_: left.append((stage, done)),
        **options,
    )
    assert [done for stage, done in left if stage == "latent"] == [60]
    steps = start.inverted.history.groupby("start")["step"].apply(list)
    assert all(taken == list(range(60)) for taken in steps)
    whole = find_start(
        super_resolution, generator, perceptual, **(options | {"rng": seeded(), "workdir": None})
    )
    torch.testing.assert_close(start.z0, whole.z0)
    assert start.seconds["inversion"] >= start.inverted.history["seconds"].max()


# From a starting point to solutions


def test_one_start_serves_any_number_of_explorers(started, sets):
    assert [found.method.key for found in sets] == [
        *("algorithm1", "eigenvectors", "random_directions", "pulse")
    ]
    assert [len(found) for found in sets] == [4, 4, 4, 4]
    assert all(found.seconds > 0 for found in sets)
    # The others have left it as it was.
    again = explore(started, Algorithm1(bisections=4), count=4, rng=seeded())
    assert torch.equal(again.latents, sets[0].latents)


def test_a_function_is_an_explorer_too(started):
    def stand_still(start, *, count, rng, progress):
        progress("standing", 1, 1)
        return start.measure(
            start.z0.expand(count, -1),
            method=Algorithm1.method,
            directions=[Direction("v", 1)] * count,
            steps=[1.0] * count,
        )

    seen = []
    found = explore(
        started, stand_still, count=2, rng=seeded(), progress=lambda *report: seen.append(report)
    )
    assert len(found) == 2
    assert found.seconds > 0
    assert seen == [("standing", 1, 1)]


def test_the_papers_walks_share_the_settings_of_algorithm_1(started):
    ours = Algorithm1(K=[3, 8], k=5, max_step=6.0, bisections=4, until_l2=5e-3)
    walks = walk_as_the_paper(started, ours, K=[8, 3], steps=[-1, 2], count=4)
    plain, projected, edge = walks.sets
    v = [started.geometry.eigenvector(i) for i in (8, 3)]
    d = list(ours.directions(started.geometry, [8, 3]).values())
    for found, along in ((plain, v), (projected, d)):
        expected = [started.z0 + step * each for each in along for step in (-1, 2)]
        torch.testing.assert_close(found.latents, torch.stack(expected))
        assert found.seconds > 0
    assert [found.method.key for found in walks.sets] == [
        *("eigenvectors_steps", "algorithm1_steps", "eigenvectors")
    ]
    eigenvectors = Eigenvectors(K=[3, 8], max_step=6.0, bisections=4, until_l2=5e-3)
    expected = explore(started, eigenvectors, count=4, rng=seeded())
    assert torch.equal(edge.latents, expected.latents)
    assert [str(each) for each in walks.along] == ["v8", "v3", "d8", "d3"]
    assert set(walks.correlations["direction"]) == {"v8", "v3", "d8", "d3"}


def test_no_solution_is_refused_before_anything_is_computed(started):
    with pytest.raises(InputError, match="0 solutions are asked for: expected 1 or more"):
        explore(started, Algorithm1(), count=0, rng=seeded())


@pytest.mark.parametrize("explorer", [Algorithm1(bisections=4), Pulse(steps=3)])
def test_consistent_solutions_are_the_explorer_s_brought_onto_the_measurement(started, explorer):
    plain = explore(started, explorer, count=3, rng=seeded())
    found = explore(started, explorer, count=3, consistent=True, rng=seeded())
    assert torch.equal(found.latents, plain.latents)
    torch.testing.assert_close(found.images, started.problem.back_project(plain.images))
    torch.testing.assert_close(found.l2, started.problem.l2(found.images))
    torch.testing.assert_close(found.distance, started.distance(found.images))
    assert found.l2.max() < 2e-6 < plain.l2.min()
    assert found.feasible.all()
    assert (found.consistent, plain.consistent) == (True, False)


def test_a_stricter_threshold_follows_what_the_inversion_reached(started):
    def threshold(own: float, reached: float, strict: float | None = 3e-3) -> float:
        problem = started.problem.with_threshold(own)
        inverted = replace(started.inverted, l2=reached)
        return stricter(
            replace(started, problem=problem, inverted=inverted), strict
        ).problem.threshold

    assert threshold(1e-2, 9e-4) == 3e-3
    assert threshold(1e-2, 2e-3) == pytest.approx(6e-3)
    assert threshold(1e-2, 8e-3) == 1e-2
    assert threshold(1e-3, 9e-4) == 1e-3
    assert threshold(1e-2, 9e-4, None) == 1e-2


def test_where_nothing_was_found_there_is_nothing_to_explore_from(started):
    strict = started.with_problem(started.problem.with_threshold(started.inverted.l2 / 2))
    with pytest.raises(InputError, match="no solution to start from; expected a threshold"):
        stricter(strict, None)
