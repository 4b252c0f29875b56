"""Time to N solutions: what is counted, what is multiplied up, and what each method starts from."""

from __future__ import annotations

import math

import pytest
import torch
from hydra import compose, initialize_config_dir

from eglass.configuration.build import build
from eglass.configuration.command import CONF
from eglass.workflows.networks import Networks
from experiments.benchmarks import solutions
from experiments.benchmarks.solutions import Found, Task, diversity, plans

OVERRIDES = (
    "device=cpu",
    "inversion.bank=60",
    "inversion.starts=1",
    "inversion.steps=20",
    "inversion.adaptation_steps=0",
    "baseline.steps=30",
    "bench.solutions.solves=2",
    "bench.solutions.timed_solutions=4",
)


@pytest.fixture(scope="module")
def task(generator, perceptual) -> Task:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("bench", overrides=list(OVERRIDES))
    nets = Networks(
        generator, perceptual, build(cfg.inversion), build(cfg.geometry), generator.device
    )
    return Task(cfg, cfg.problems.super_resolution, 1000, nets)


@pytest.fixture(scope="module")
def eglass(task):
    return task.eglass()


def feasible(task: Task, images: torch.Tensor) -> bool:
    return bool(task.problem.feasible(task.problem.l2(images)).all())


def test_no_start_is_the_latent_that_is_looked_for(task, generator):
    latent = generator.sample(1, torch.Generator().manual_seed(1000))
    assert float(task.problem.l2(generator(latent))) < 1e-10
    again = Task(task.cfg, task.cfg.problems.super_resolution, 1000, task.nets)
    starts = torch.cat([generator.sample(1, again.rng) for _ in range(4)])
    assert (task.problem.l2(generator(starts)) > task.problem.threshold).all()


def test_the_first_solution_is_the_inversions_and_pays_for_no_geometry(task, eglass):
    one = eglass(1)
    assert list(one.stages) == ["inversion"]
    assert len(one.images) == 1
    assert feasible(task, one.images)


def test_more_solutions_pay_for_everything_and_are_feasible_and_different(task, eglass):
    many = eglass(5)
    assert many.seconds == sum(many.stages.values())
    assert list(many.stages) == ["inversion", "geometry", "exploration"]
    assert len(many.images) == 5
    assert feasible(task, many.images)
    assert diversity(task.nets.perceptual, many.images) > 0.01


def test_seconds_to_solutions_that_are_not_to_be_had_are_unknown(task, eglass, monkeypatch):
    monkeypatch.setattr(task.problem, "threshold", 1e-9)
    assert math.isnan(eglass(1).seconds)
    few = eglass(3)
    assert len(few.images) == 0
    assert math.isnan(few.seconds)


def test_a_batch_of_pulse_ends_once_enough_are_feasible(task, monkeypatch):
    steps = []
    monkeypatch.setattr(
        solutions.Pulse, "solve", counted(solutions.Pulse.solve, steps), raising=True
    )
    batch = task.pulse(6, 1)
    assert len(batch.images) == 1
    assert feasible(task, batch.images)
    whole = task.pulse(6)
    assert steps[0] < steps[1] == 30
    assert feasible(task, whole.images)


def counted(solve, steps: list[int]):
    """Note how many steps each search takes."""

    def solving(*args, **kwargs):
        search = solve(*args, **kwargs)
        steps.append(len(search.losses))
        return search

    return solving


def images(count: int) -> torch.Tensor:
    return torch.zeros(count, 3, 64, 64)


def test_sequential_pulse_is_multiplied_up_from_the_solves_that_ran(task, monkeypatch):
    done = iter([Found(1.0, images(1)), Found(3.0, images(0))])
    monkeypatch.setattr(task, "pulse", lambda starts: next(done))
    found = task.sequential()(10)
    assert (found.seconds, found.run, len(found.images)) == (20, 2, 1)


def test_batches_are_multiplied_up_beyond_those_that_are_timed(task, monkeypatch):
    monkeypatch.setattr(task, "pulse", lambda starts, enough: Found(1.0, images(2)))
    solve = task.batched({3: (4, 2), 10: (4, 2)})
    assert (solve(3).seconds, solve(3).run, len(solve(3).images)) == (2, None, 3)
    assert (solve(10).seconds, solve(10).run) == (5, 2)


def test_batches_that_find_nothing_are_given_up_and_their_seconds_unknown(task, monkeypatch):
    monkeypatch.setattr(task, "pulse", lambda starts, enough: Found(1.0, images(0)))
    found = task.batched({4: (4, 2)})(4)
    assert math.isnan(found.seconds)
    assert found.run == 6


def test_the_fastest_batch_is_chosen_for_each_number(task, monkeypatch):
    def pulse(starts: int, enough: int) -> Found:
        return Found({1: 1.0, 3: 9.0, 15: 4.0, 40: 5.0}[starts], images(enough))

    monkeypatch.setattr(task, "pulse", pulse)
    chosen, tried = plans(task.cfg, task)
    assert chosen == {1: (1, 1), 10: (15, 10), 100: (40, 30), 1000: (40, 30)}
    assert tried["batches"].tolist() == [10, 10, 1, 1]


def test_diversity_is_the_mean_over_pairs(perceptual, generator, rng):
    three = generator(generator.sample(3, rng))
    pairs = [
        float(perceptual(three[i : i + 1], three[j : j + 1])) for i, j in ((0, 1), (0, 2), (1, 2))
    ]
    assert diversity(perceptual, three) == pytest.approx(sum(pairs) / 3, rel=1e-4)
    assert math.isnan(diversity(perceptual, three[:1]))
