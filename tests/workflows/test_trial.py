"""Explorers asked for solutions of one measurement: what each costs, and what is said of it."""

from __future__ import annotations

from copy import copy

import pandas as pd
import pytest
import torch

from eglass.evaluation.diversity import mean_pairwise
from eglass.evaluation.realism import Realism
from eglass.exploration import Explorer
from eglass.geometry import ExactGeometry
from eglass.inversion import Inverted
from eglass.perceptual.spread import pairwise
from eglass.records import Direction, Method
from eglass.workflows.networks import Networks
from eglass.workflows.trial import Trial

IMAGES = 5


class Draws(Explorer):
    """Draws of the prior, and a note of the threshold that each was asked for."""

    method = Method("draws", "draws")

    def __init__(self, *, from_scratch: bool):
        self.from_scratch = from_scratch
        self.thresholds: list[float] = []

    def __call__(self, start, *, count, rng, progress=None):
        self.thresholds.append(start.problem.threshold)
        generator = start.prior_generator if self.from_scratch else start.generator
        z = generator.sample(count, rng)
        nothing = [Direction("draw", 1)] * count
        return start.measure(z, method=self.method, directions=nothing, steps=[0.0] * count)


@pytest.fixture(scope="module")
def trial(generator, perceptual, super_resolution):
    """A measurement that was inverted for five images, with a geometry of 100 columns."""
    rng = torch.Generator().manual_seed(0)

    def invert(generator, problem, rng, **_):
        generator(generator.sample(IMAGES, rng))
        z0 = generator.sample(1, rng)[0]
        image = generator(z0[None]).detach()
        return Inverted(z0, generator, image, 0.0, None, pd.DataFrame(), {"latent": 3.0})

    realism = Realism.of(generator, perceptual, count=9, k=3, rng=rng)
    nets = Networks(generator, perceptual, invert, ExactGeometry(), torch.device("cpu"))
    return Trial.of(super_resolution, nets, realism, apart=0.1, seed=0)


def asked(trial: Trial, explorer: Draws, key: str) -> list[dict]:
    said = []
    for threshold in (1e-9, 1e9):
        problem = copy(trial.start.problem)
        problem.threshold = threshold
        solutions, found = trial.ask(explorer, problem, 3, key)
        assert solutions.table["feasible"].mean() == found["feasible"]
        said.append(found)
    return said


def test_who_knows_of_no_threshold_is_asked_once_and_judged_by_each(trial):
    explorer = Draws(from_scratch=True)
    said = asked(trial, explorer, "scratch")
    assert explorer.thresholds == [1e-9]
    assert [found.pop("feasible") for found in said] == [0, 1]
    assert said[0] == said[1]


def test_who_starts_from_scratch_owes_nothing_to_the_start_and_others_all(trial):
    scratch, _ = asked(trial, Draws(from_scratch=True), "scratch again")
    after, again = asked(trial, Draws(from_scratch=False), "after")
    assert scratch["seconds"] == scratch["exploring_seconds"]
    spent = sum(trial.start.seconds.values())
    assert spent > 3
    assert after["seconds"] == pytest.approx(after["exploring_seconds"] + spent)
    # Three images, and G(z0) that LPIPS is measured to.
    assert scratch["passes"] == 3 + 1
    assert after["passes"] == again["passes"] == 3 + 1 + trial.passes


def test_a_start_costs_the_images_of_its_inversion_and_a_pass_for_each_column_of_a_jacobian(trial):
    # One more for the inversion's own image.
    assert trial.passes == IMAGES + 1 + 100


def test_what_is_said_of_a_set_is_of_its_own_images(trial):
    explorer = Draws(from_scratch=True)
    solutions, found = trial.ask(explorer, trial.start.problem, 3, "said")
    distances, features = trial.realism(solutions.images)
    assert found["unrealism"] == float(distances.mean())
    assert found["pairwise_other"] == mean_pairwise(pairwise(features))
    seen = trial.start.perceptual.features(solutions.images)
    assert found["pairwise"] == pytest.approx(mean_pairwise(pairwise(seen)))
    assert found["distance"] == pytest.approx(float(solutions.distance.mean()))


def test_the_same_is_said_of_the_images_brought_onto_the_measurement(trial):
    solutions, found = trial.ask(Draws(from_scratch=True), trial.start.problem, 3, "consistent")
    shown = trial.start.problem.back_project(solutions.images)
    assert found["psnr"] == pytest.approx(float(solutions.psnr.mean()))
    assert found["unrealism_consistent"] == pytest.approx(float(trial.realism(shown)[0].mean()))
    assert found["unrealism_consistent"] != found["unrealism"]
    changed = trial.start.perceptual(solutions.images, shown)
    assert found["changed"] == pytest.approx(float(changed.mean()), rel=1e-3)
    assert found["changed"] > 0.01
