"""Truths rank uniformly among exact draws, and no other; a kernel is told by the truth alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from eglass.evaluation.calibration import (
    FromScratch,
    FromTheTruth,
    ReflectionMoves,
    SliceMoves,
    Statistics,
    rank_of_first,
    simulate,
)
from eglass.evaluation.ranks import Simulated
from eglass.perceptual import Pixels
from eglass.posterior import SMC, GaussianNoise, Posterior, State, UniformBall
from eglass.posterior.kernels import Kernel
from eglass.problems import LinearFunction, Problem
from tests.posterior.linear import SIZE, Linear

BALL, GAUSSIAN = UniformBall(threshold=0.03), GaussianNoise(sigma=0.15)
TRUTHS, DRAWS = 100, 19


KEPT = torch.zeros(1, *SIZE)
KEPT[:, :, :2] = 1
UPPER_HALF = LinearFunction(lambda x: x * KEPT, SIZE)


def measured(image: torch.Tensor) -> Problem:
    """Return the problem that sees the upper half of an image."""
    return Problem(UPPER_HALF, UPPER_HALF.A((image + 1) / 2), SIZE)


def calibrated(sampler, noise, truths: int = TRUTHS) -> Simulated:
    generator, rng = Linear(dim=4), torch.Generator().manual_seed(0)
    seen = Statistics.of(generator, Pixels(), rng)
    return simulate(measured, generator, noise, sampler, seen, truths=truths, cells=4, rng=rng)


def table(found: Simulated):
    rng = np.random.default_rng(0)
    return found.table(found.band(0.99, rng), rng).set_index("statistic")


def is_calibrated(found: Simulated) -> bool:
    return table(found)["inside"].drop("shares").all()


@dataclass(frozen=True)
class Rejection:
    """Draws of the prior that a ball lets through: exact beyond doubt, of the right ball."""

    widened: float = 1.0

    def __call__(self, prior, rng):
        def drawn(posterior, truth, rng):
            found = posterior.draw(0, rng)
            while len(found) < DRAWS:
                z = posterior.draw(2000, rng)
                l2 = posterior.problem.l2(posterior.generator(z))
                found = torch.cat([found, z[l2 <= self.widened * posterior.noise.threshold]])
            return found[:DRAWS]

        return drawn


class Forgetful:
    """A random walk within the ball, which looks at no prior."""

    def step(self, posterior, state, rng):
        z = state.z + 0.5 * torch.randn(state.z.shape, generator=rng)
        moved = posterior.l2(z) <= posterior.noise.threshold
        return State.at(posterior, torch.where(moved[:, None], z, state.z)), None


@dataclass(frozen=True)
class Widened:
    """A kernel that takes the threshold for half as much again."""

    kernel: Kernel

    def step(self, posterior, state, rng):
        wide = UniformBall(threshold=1.5 * posterior.noise.threshold)
        return self.kernel.step(posterior.with_noise(wide), state, rng)


def test_exact_draws_are_calibrated():
    found = calibrated(Rejection(), BALL)
    assert is_calibrated(found)
    rows = table(found)
    assert rows["covered_50"].drop("shares").between(0.36, 0.64).all()
    assert rows["covered_90"].drop("shares").between(0.82, 0.98).all()
    assert rows.loc["shares", "calibration_error"] < rows.loc["shares", "error_by_chance"] + 0.08
    assert {"l2", "pixels_to_fixed", "pixels_to_random"} < set(found.ranks)


def test_draws_of_too_wide_a_ball_are_not():
    assert not is_calibrated(calibrated(Rejection(widened=1.5), BALL))


SLICES, REFLECTIONS = SliceMoves(), ReflectionMoves(angle=0.5, steps=3)


@pytest.mark.parametrize(
    ("moves", "noise"), [(SLICES, BALL), (REFLECTIONS, BALL), (REFLECTIONS, GAUSSIAN)]
)
def test_our_kernels_leave_the_truths_ranks_uniform(moves, noise):
    assert is_calibrated(calibrated(FromTheTruth(kernel=moves, moves=3, draws=DRAWS), noise))


def test_only_noise_that_bears_it_is_rounded_and_where_that_is_sooner(monkeypatch):
    monkeypatch.setattr(Posterior, "rounded", lambda _: 1 / 0)
    rounding = FromTheTruth(kernel=REFLECTIONS, moves=1, draws=DRAWS, rounded=5)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    calibrated(rounding, BALL, truths=2)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True)
    calibrated(rounding, GAUSSIAN, truths=2)
    with pytest.raises(ZeroDivisionError):
        calibrated(rounding, BALL, truths=2)


def test_a_kernel_that_forgets_the_prior_is_seen():
    found = calibrated(FromTheTruth(kernel=lambda *_: Forgetful(), moves=15, draws=DRAWS), BALL)
    assert table(found).loc["norm", "p_value"] < 0.005


def test_a_kernel_with_a_wrong_threshold_is_seen():
    def widened(prior, rng):
        return Widened(SliceMoves()(prior, rng))

    found = calibrated(FromTheTruth(kernel=widened, moves=3, draws=DRAWS), BALL)
    assert table(found).loc["l2", "p_value"] < 0.005


def test_a_kernel_that_does_not_move_leaves_ranks_uniform_however_slow():
    class Still:
        def step(self, posterior, state, rng):
            return state, None

    found = calibrated(FromTheTruth(kernel=lambda *_: Still(), moves=1, draws=DRAWS), BALL)
    assert is_calibrated(found)


def test_a_sampler_from_scratch_is_calibrated_by_the_same_call():
    smc = SMC(runs=2, prior=100, ancestors=8, moves=4, chains=4, most_moves=10, precision="float32")
    found = calibrated(FromScratch(sampler=smc, draws=9), BALL, truths=6)
    assert found.draws == 9
    assert len(found.ranks) == 6
    assert (found.ranks <= 9).all().all()


def test_of_equal_numbers_chance_decides(rng):
    values = torch.tensor([1.0, 0.0, 1.0, 1.0, 2.0])
    found = {rank_of_first(values, rng) for _ in range(50)}
    assert found == {1, 2, 3}


def test_parts_of_a_simulation_are_joined():
    one = calibrated(Rejection(), BALL, truths=3)
    both = Simulated.joined([one, replace(one)])
    assert len(both.ranks) == 6
    assert len(both.shares) == 6 * 4
