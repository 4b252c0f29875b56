"""From the prior inwards: as rejection and closed forms have it."""

import math
import sys
from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from eglass.errors import InputError
from eglass.posterior import (
    SMC,
    Draws,
    GaussianNoise,
    Posterior,
    Reflections,
    UniformBall,
    reject,
    smc,
)
from eglass.posterior.smc import MOST, TURNED, retuned
from eglass.progress import Cancelled
from tests.posterior.linear import SIZE, Linear, half_measured
from tests.posterior.test_kernels import TAU, TRUTH, gaussian_posterior, posterior

SMALL = SMC(precision="float32", prior=400, ancestors=20, chains=4, most_moves=60)


@pytest.fixture(scope="module")
def ball():
    of = posterior(UniformBall(threshold=TAU))
    rng = torch.Generator().manual_seed(1)
    noises = [UniformBall(threshold=TAU), UniformBall(threshold=TAU / 8)]
    return of, SMALL(of, noises, rng)


@pytest.fixture(scope="module")
def bank(ball):
    of, _ = ball
    tight = of.with_noise(UniformBall(threshold=TAU / 8))
    return reject([of, tight], 400_000, torch.Generator().manual_seed(2))


def test_the_prior_s_probability_of_the_set_is_the_bank_s(ball, bank):
    for found, exact in zip(ball[1], bank):
        error = math.hypot(found.log10_p_error, exact.log10_p_error)
        assert abs(found.log10_p - exact.log10_p) < 3 * error
        assert found.log10_p_error < 0.1


def test_one_run_has_the_whole_curve(ball, bank):
    curve, exact = ball[1][-1].curve, bank[-1].curve
    assert (curve["threshold"].diff().dropna() < 0).all()
    for _, row in curve[curve["threshold"] > TAU / 4].iterrows():
        at = (exact["threshold"] - row["threshold"]).abs().idxmin()
        near = exact.loc[max(0, at - 1) : at + 1, "log10_p"]
        assert near.min() - 0.15 < row["log10_p"] < near.max() + 0.15


def test_its_draws_are_the_bank_s(ball, bank):
    for found, exact in zip(ball[1], bank):
        assert found.rhat < 1.05
        assert found.ess_bulk > 200
        apart = (found.flat.mean(0) - exact.flat.mean(0)) / exact.flat.std(0)
        assert apart.abs().max() < 0.3


def test_the_evidence_of_gaussian_noise_is_the_closed_form(rng):
    of = posterior(GaussianNoise(sigma=0.1))
    (found,) = SMALL(of, [of.noise], rng)
    mean, covariance = gaussian_posterior(of.generator, of.problem, 0.1)
    # ∫ N(z; 0, I) exp(−m ℓ2(z)/2σ²) dz = |Σ|^½ exp(½ μᵀΣ⁻¹μ − m ℓ2(0)/2σ²)
    at_zero = of.log_likelihood(of.problem.l2(torch.zeros(1, *SIZE)))[0]
    log_p = covariance.logdet() / 2 + mean @ torch.linalg.solve(covariance, mean) / 2 + at_zero
    assert abs(found.log10_p - float(log_p) / math.log(10)) < 3 * max(found.log10_p_error, 0.03)
    assert torch.allclose(torch.cov(found.flat.T), covariance, atol=0.3 * covariance.max())


def test_under_gaussian_noise_nothing_is_rounded(rng):
    rounding = replace(SMALL, precision="bfloat16", most_moves=20)
    for noise, rounded in ((UniformBall(threshold=TAU), True), (GaussianNoise(sigma=0.1), False)):
        (found,) = rounding(posterior(noise), [noise], rng)
        assert (found.excess > 0) is rounded


@pytest.mark.parametrize(
    ("precision", "sooner", "rounded"),
    [
        ("auto", True, True),
        ("auto", False, False),
        ("bfloat16", False, True),
        ("float32", True, False),
    ],
)
def test_moves_are_rounded_where_asked_or_sooner(monkeypatch, rng, precision, sooner, rounded):
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: sooner)
    of = posterior(UniformBall(threshold=TAU))
    (found,) = replace(SMALL, precision=precision, most_moves=20)(of, [of.noise], rng)
    assert (found.excess > 0) is rounded


def test_what_was_interrupted_goes_on_to_the_same_end(tmp_path):
    of = posterior(UniformBall(threshold=TAU))
    noises = [UniformBall(threshold=TAU / 8)]

    class Stop:
        def __call__(self, stage, done, total, l2=None):
            if stage == "levels" and done > 20:
                raise Cancelled

    whole = SMALL(of, noises, torch.Generator().manual_seed(3), workdir=tmp_path / "whole")
    with pytest.raises(Cancelled):
        SMALL(of, noises, torch.Generator().manual_seed(3), workdir=tmp_path / "w", progress=Stop())
    # What had not been kept when it stopped is computed again.
    resumed = SMALL(of, noises, torch.Generator().manual_seed(99), workdir=tmp_path / "w")
    assert resumed[0].passes > 0
    assert abs(resumed[0].log10_p - whole[0].log10_p) < 0.3


def test_steps_are_longer_where_few_turn_round_and_shorter_where_many_do():
    assert retuned(0.2, TURNED) == 0.2
    assert 0.2 < retuned(0.2, TURNED / 2) < 0.2 * MOST
    assert retuned(0.2, 0.0) == 0.2 * MOST
    assert 0.2 / MOST < retuned(0.2, 0.4) < 0.2
    assert retuned(0.2, 1.0) == 0.2 / MOST


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_steps_are_fitted_from_level_to_level(precision, rng, monkeypatch):
    moved = []
    monkeypatch.setattr(smc, "Reflections", lambda **of: moved.append(of) or Reflections(**of))
    noise = UniformBall(threshold=TAU / 100)
    long = replace(SMALL, precision=precision, angle=0.8, most_moves=20)
    long(posterior(noise), [noise], rng)
    changes = [later["angle"] / before["angle"] for before, later in pairwise(moved)]
    assert len(changes) > 1
    # Neither left alone, nor as much longer each time as where no step turns round.
    assert 1 not in changes
    assert min(changes) < MOST - 1e-6
    assert all(of["steps"] == max(1, round(SMALL.arc / of["angle"])) for of in moved)


def test_draws_are_read_back_as_they_were_written(ball, tmp_path):
    found = ball[1][0]
    found.save(tmp_path / "draws")
    again = Draws.load(tmp_path / "draws")
    assert torch.equal(again.latents, found.latents)
    assert again.log10_p == found.log10_p
    assert again.curve.equals(found.curve)


def test_noises_are_to_become_narrower(rng):
    of = posterior(UniformBall(threshold=TAU))
    with pytest.raises(InputError, match="ever smaller"):
        SMALL(of, [UniformBall(threshold=0.1), UniformBall(threshold=0.2)], rng)


def test_a_prior_of_no_gaussian_numbers_is_refused():
    class Other(Linear):
        pass

    generator = Other()
    generator.prior = type("Uniform", (type(generator.prior).__mro__[1],), {"sample": None})()
    with pytest.raises(InputError, match="not made of Gaussian numbers"):
        Posterior(half_measured(Linear(), TRUTH), generator)


def test_a_set_that_a_draw_lies_in_is_not_given_up_as_empty(rng):
    of = posterior(UniformBall(threshold=TAU / 50))
    # Hardly any level is so much narrower.
    (found,) = replace(SMALL, stall=0.05)(of, [of.noise], rng)
    assert (found.l2 <= TAU / 50).all()


def test_what_judges_the_chains_is_missed_before_anything_is_drawn(monkeypatch, rng):
    monkeypatch.setitem(sys.modules, "arviz_stats.base", None)
    with pytest.raises(InputError, match="pip install arviz-stats"):
        SMC()(None, [UniformBall(threshold=1e-2)], rng)
