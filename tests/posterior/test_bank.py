"""A bank of the prior keeps exactly what explains a measurement, in whatever precision it looks."""

from __future__ import annotations

import pytest
import torch

from eglass.posterior import Posterior, UniformBall, bank, reject
from eglass.problems import LinearFunction, Problem
from tests.posterior.linear import SIZE, Linear, half_measured

COUNT = 5000


@pytest.fixture
def posteriors():
    """Two measurements by one operator, one of them at two thresholds, and one by another."""
    generator = Linear()
    one, other = (half_measured(generator, torch.full((6,), number)) for number in (0.2, -0.4))
    mean = LinearFunction(lambda x: x.mean((2, 3)), SIZE)
    averaged = Problem.simulate(mean, generator(torch.full((1, 6), 0.2)))
    problems = [one, one, one.with_measurement(other.measurement), averaged]
    return [
        Posterior(problem, generator, UniformBall(threshold=threshold))
        for problem, threshold in zip(problems, (0.01, 0.005, 0.01, 1e-4))
    ]


def banks(posteriors, **how):
    rng = torch.Generator().manual_seed(0)
    if not how:
        # What a rounded bank looks at before it begins.
        posteriors[0].draw(bank.CHUNK, rng)
    return reject(posteriors, COUNT, rng, **how)


def test_feasible_draws_of_the_prior_are_kept_and_no_others(posteriors):
    rng = torch.Generator().manual_seed(0)
    posteriors[0].draw(bank.CHUNK, rng)
    z = torch.cat([posteriors[0].draw(bank.CHUNK, rng) for _ in range(COUNT // bank.CHUNK)])
    for posterior, found in zip(posteriors, banks(posteriors)):
        l2 = posterior.l2(z)
        torch.testing.assert_close(found.flat, z[l2 <= posterior.noise.width])
        assert 10 < len(found) < COUNT / 2
        assert 10**found.log10_p == pytest.approx(len(found) / COUNT)


def test_a_bank_that_looks_in_bfloat16_first_keeps_the_same_draws(posteriors):
    for found, exact in zip(banks(posteriors, rounded=True), banks(posteriors)):
        torch.testing.assert_close(found.flat, exact.flat)
        torch.testing.assert_close(found.l2, exact.l2)
        assert 0 < found.excess <= 1
        assert exact.excess == 0


def test_a_slack_that_was_too_small_is_told(posteriors, monkeypatch):
    monkeypatch.setattr(bank, "SAFETY", 1e-3)
    assert all(found.excess > 1 for found in banks(posteriors, rounded=True))
