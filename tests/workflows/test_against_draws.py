"""Solutions are held against the exact draws that are recorded of the same measurement."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from eglass.evaluation.comparison import DRAWS, FAR_APART
from eglass.perceptual import Pixels
from eglass.posterior import Draws, Posterior, UniformBall, reject
from eglass.workflows.against_draws import Board
from eglass.workflows.compared import comparison_configuration, exact_draws
from eglass.workflows.exact_records import exact_folder
from eglass.workflows.targets import samples
from tests.experiments.running import composed
from tests.posterior.linear import Linear, half_measured

TRUTH = torch.tensor([1.0, -0.5, 0.3, 0.8, -1.2, 0.1])


@pytest.fixture
def draws(rng) -> Draws:
    generator = Linear()
    problem = half_measured(generator, TRUTH)
    (found,) = reject([Posterior(problem, generator, UniformBall(threshold=0.002))], 40_000, rng)
    return found


def test_draws_that_were_held_out_are_not_told_from_the_rest(draws, tmp_path):
    draws.save(tmp_path / "here")
    board = Board.of(tmp_path / "here", Linear(), Pixels(), count=10, seed=0)
    assert board is not None
    some = board.held_out[DRAWS]
    assert len(some) == 10
    found = board(some)
    assert found["told_apart"] == 0
    assert found["near"] > 0.8


def test_those_far_apart_are_farther_from_one_another(draws, tmp_path):
    draws.save(tmp_path / "here")
    board = Board.of(tmp_path / "here", Linear(), Pixels(), count=10, seed=0)
    assert board is not None
    some, apart = (board(board.held_out[name]) for name in (DRAWS, FAR_APART))
    assert apart["distance_ratio"] > 1.2 * some["distance_ratio"]
    # And yet no other than draws are.
    assert apart["told_apart"] == 0


def test_what_is_held_out_is_of_other_runs(draws, tmp_path, rng):
    # Two runs that disagree: no draw of one is among those of the other.
    there = draws.latents + 9
    replace(
        draws,
        latents=torch.cat([draws.latents, there]),
        l2=torch.cat([draws.l2, draws.l2]),
        superchains=2,
    ).save(tmp_path / "two")
    board = Board.of(tmp_path / "two", Linear(), Pixels(), count=10, seed=0)
    assert board is not None
    assert board(board.held_out[DRAWS])["told_apart"] == 1


def test_other_images_are(draws, tmp_path, rng):
    draws.save(tmp_path / "here")
    generator = Linear()
    board = Board.of(tmp_path / "here", generator, Pixels(), count=10, seed=0)
    assert board is not None
    found = board(generator(generator.sample(10, rng)))
    assert found["told_apart"] == 1
    assert found["energy"] > 0


def test_where_no_draws_are_recorded_nothing_is_scored(tmp_path):
    assert Board.of(tmp_path / "none", Linear(), Pixels(), count=10, seed=0) is None


def test_a_comparison_is_of_the_draws_that_are_there(draws, tmp_path):
    cfg = composed("config", "profile=smoke", f"results={tmp_path}")
    problem, target = cfg.problems.inpainting, samples(cfg)[0]
    before = comparison_configuration(cfg, problem, target, 4)
    assert exact_draws(cfg, problem, target) == {}
    draws.save(exact_folder(cfg, problem.name, target, 3e-3))
    after = comparison_configuration(cfg, problem, target, 4)
    assert set(after["compare"].pop("draws")) == {"0.003"}
    assert after == before
    # Only the smallest number of solutions is scored.
    assert "draws" not in comparison_configuration(cfg, problem, target, 6)["compare"]
