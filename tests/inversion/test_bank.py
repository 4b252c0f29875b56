"""A bank of latents whose measurements are known, and where it says to start from."""

from __future__ import annotations

import copy

import pytest
import torch

from eglass.inversion.bank import KEPT, RIDGE, LatentBank, Measured
from eglass.problems import Downsampling, Problem


@pytest.fixture
def counted(generator, monkeypatch) -> list[int]:
    """How many images each call of the generator made."""
    sizes: list[int] = []
    forward = type(generator).forward

    def counting(self, latents):
        sizes.append(len(latents))
        return forward(self, latents)

    monkeypatch.setattr(type(generator), "forward", counting)
    return sizes


def test_a_bank_is_measured_once_for_each_operator(generator, super_resolution, mouth, counted):
    bank = LatentBank(60)
    for problem in (super_resolution, mouth, super_resolution):
        bank.starts(generator, problem, 1)
    assert sum(counted) == 120
    # Another object, another measurement: the same operator.
    physics = Downsampling((3, 64, 64), "bicubic", 8, padding="reflect")
    again = Problem.simulate(physics, torch.zeros(1, 3, 64, 64))
    bank.starts(generator, again, 1)
    assert sum(counted) == 120
    bank.starts(copy.deepcopy(generator), again, 1)
    assert sum(counted) == 180


def test_the_operators_that_were_asked_for_last_are_kept(
    generator, super_resolution, mouth, counted
):
    assert KEPT == 2
    physics = Downsampling((3, 64, 64), "bicubic", 4, padding="reflect")
    other = Problem.simulate(physics, torch.zeros(1, 3, 64, 64))
    bank = LatentBank(60)
    for problem in (super_resolution, mouth, super_resolution, other):
        bank.starts(generator, problem, 1)
    assert sum(counted) == 180
    bank.starts(generator, super_resolution, 1)
    assert sum(counted) == 180
    # The one that made room for the last.
    bank.starts(generator, mouth, 1)
    assert sum(counted) == 240


def test_a_measurement_that_the_bank_knows_finds_its_latent(generator, super_resolution):
    bank = LatentBank(40)
    latent = bank.latents(generator)[17:18]
    with torch.no_grad():
        known = Problem.simulate(super_resolution.physics, generator(latent))
    torch.testing.assert_close(bank.starts(generator, known, 3)[:1], latent, atol=1e-4, rtol=0)


def test_starts_are_corrected_by_ridge_regression(rng):
    z, noise = torch.randn(50, 4, generator=rng), torch.randn(51, 30, generator=rng)
    y = torch.cat([z, z[:1]]) @ torch.randn(4, 30, generator=rng) + noise + 5
    z, known, other = z.double(), y[:50].double(), y[50:].double()
    # The same in the primal.
    Z, Y = (x - x.mean(0) for x in (z, known))
    ridge = RIDGE * Y.square().sum(1).mean() * torch.eye(30)
    weights = torch.linalg.solve(Y.T @ Y + ridge, Y.T @ Z)
    at = (known - other).norm(dim=1).argsort()[:3]
    expected = z[at] + (other - known[at]) @ weights
    torch.testing.assert_close(Measured(z, known).corrected(other, 3), expected)
    # What all measurements share takes no precision from what differs.
    single = Measured(z.float(), known.float() + 100).corrected(other.float() + 100, 3)
    torch.testing.assert_close(single.double(), expected, rtol=0, atol=1e-3)


def test_the_metric_of_a_bank_is_that_of_a_least_squares_fit(rng):
    z, y = torch.randn(50, 4, generator=rng) + 2, torch.randn(50, 30, generator=rng)
    J = torch.linalg.lstsq(z - z.mean(0), y - y.mean(0)).solution
    torch.testing.assert_close(Measured(z, y).metric, J @ J.T)


def test_of_measurements_that_are_linear_the_metric_is_exact(rng):
    z, J = torch.randn(40, 6, generator=rng), torch.randn(6, 9, generator=rng)
    torch.testing.assert_close(Measured(z, z @ J + 1).metric, J @ J.T, rtol=1e-4, atol=1e-4)


def test_corrected_starts_explain_a_measurement_better_and_stay_typical(generator, mouth):
    bank = LatentBank(500, seed=3)
    corrected, latents = bank.starts(generator, mouth, 5), bank.latents(generator)
    with torch.no_grad():
        l2 = mouth.l2(generator(latents))
        nearest = latents[l2.argsort()[:5]]
        assert mouth.l2(generator(corrected)).mean() < 0.8 * l2.sort().values[:5].mean()
    assert 0.8 < corrected.norm() / nearest.norm() < 1.1


def test_no_more_starts_than_the_bank_has(generator, mouth):
    assert len(LatentBank(3).starts(generator, mouth, 5)) == 3


def test_a_seed_is_a_choice_of_latents(generator):
    first, again, other = (LatentBank(5, seed).latents(generator) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
