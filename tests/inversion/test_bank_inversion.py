"""The fast inversion: its bank, its search, and what it does where both miss."""

from __future__ import annotations

import copy

import pytest
import torch
from deepinv.physics import Downsampling

from eglass.errors import InputError
from eglass.inversion import LatentBank, LatentSearch, QuasiNewtonSearch, WarmInversion, base, warm
from eglass.inversion.bank import RIDGE, Measured
from eglass.inversion.bank_inversion import DAMPING, Coordinates
from eglass.problems import Problem


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


def test_the_nearest_latents_are_those_of_lowest_l2(generator, mouth):
    bank = LatentBank(60, seed=3)
    nearest = bank.nearest(generator, mouth, 5)
    latents = bank.latents(generator)
    with torch.no_grad():
        l2 = mouth.l2(generator(latents))
        found = mouth.l2(generator(nearest))
    torch.testing.assert_close(found, l2.sort().values[:5], rtol=1e-3, atol=0)


def test_a_bank_is_measured_once_for_each_operator(generator, super_resolution, mouth, counted):
    bank = LatentBank(60)
    for problem in (super_resolution, mouth, super_resolution):
        bank.nearest(generator, problem, 1)
    assert sum(counted) == 120
    # Another object, another measurement: the same operator.
    physics = Downsampling((3, 64, 64), "bicubic", 8, padding="reflect")
    again = Problem.simulate(physics, torch.zeros(1, 3, 64, 64))
    bank.nearest(generator, again, 1)
    assert sum(counted) == 120
    bank.nearest(copy.deepcopy(generator), again, 1)
    assert sum(counted) == 180


def test_a_measurement_that_the_bank_knows_finds_its_latent(generator, super_resolution):
    bank = LatentBank(40)
    latent = bank.latents(generator)[17:18]
    with torch.no_grad():
        known = Problem.simulate(super_resolution.physics, generator(latent))
    assert torch.equal(bank.nearest(generator, known, 3)[:1], latent)


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
    nearest, corrected = (
        bank.nearest(generator, mouth, 5, corrected=corrected) for corrected in (False, True)
    )
    with torch.no_grad():
        assert mouth.l2(generator(corrected)).mean() < mouth.l2(generator(nearest)).mean()
    assert 0.8 < corrected.norm() / nearest.norm() < 1.1


def test_in_its_coordinates_a_metric_is_even(rng):
    half = torch.randn(8, 5, generator=rng)
    H = half @ half.T
    coordinates = Coordinates(H)
    damped = H + DAMPING * torch.linalg.matrix_norm(H, 2) * torch.eye(8)
    torch.testing.assert_close(coordinates.P @ damped @ coordinates.P, torch.eye(8))
    z = torch.randn(3, 8, generator=rng)
    torch.testing.assert_close(coordinates(coordinates.right_inverse(z)), z)


def test_it_searches_from_corrected_starts_and_in_the_metric(generator, mouth, rng, monkeypatch):
    searched = []

    class Spied(QuasiNewtonSearch):
        def __init__(self, generator, problem, start, *, metric, **settings):
            super().__init__(generator, problem, start, metric=metric, **settings)
            searched.append((start, metric))

    monkeypatch.setattr(warm, "QuasiNewtonSearch", Spied)
    bank = LatentBank(40, seed=5)
    for regression in (False, True):
        WarmInversion(
            bank=40, seed=5, starts=2, steps=1, adaptation_steps=0, regression=regression
        )(generator, mouth, rng)
        starts = bank.nearest(generator, mouth, 2, corrected=regression)
        assert torch.equal(torch.cat([start for start, _ in searched]), starts)
        metrics = [metric for _, metric in searched]
        if regression:
            known = bank.measured(generator, mouth)
            assert all(torch.equal(metric, known.metric) for metric in metrics)
        else:
            assert metrics == [None, None]
        searched.clear()


def test_a_search_in_a_metric_moves_coordinates_of_it(generator, mouth, rng):
    start, metric = generator.sample(1, rng), torch.diag(torch.arange(1.0, 101))
    search = QuasiNewtonSearch(generator, mouth, start, lr=1.0, metric=metric)
    torch.testing.assert_close(search.latents, start)
    (coordinates,) = search.parameters()
    torch.testing.assert_close(coordinates @ Coordinates(metric).P, start)
    assert not torch.allclose(coordinates, start)


def test_with_the_regression_it_takes_fewer_evaluations(generator, super_resolution, rng):
    plain, regressed = (
        WarmInversion(bank=500, stop_at=1e-3, regression=regression)(
            generator, super_resolution, rng
        )
        for regression in (False, True)
    )
    assert plain.reached
    assert regressed.reached
    assert len(regressed.history) < len(plain.history)
    assert super_resolution.l2(generator(regressed.latent[None])).item() <= 1e-3


def test_it_reaches_its_target_and_ends_there(generator, super_resolution, rng):
    result = WarmInversion(bank=200, stop_at=3e-3)(generator, super_resolution, rng)
    assert result.reached
    assert super_resolution.l2(generator(result.latent[None])).item() <= 3e-3
    assert (result.history["l2"] <= 3e-3).sum() <= 2
    assert list(result.seconds) == ["bank", "start 1"]


def test_quasi_newton_needs_fewer_evaluations_than_adam(generator, mouth):
    start = LatentBank(100).nearest(generator, mouth, 1)
    quasi = QuasiNewtonSearch(generator, mouth, start, lr=1.0)
    quasi.minimise(3, "quasi-Newton")
    adam = LatentSearch(generator, mouth, start, lr=0.1)
    adam.minimise(len(quasi.losses), "Adam")
    assert float(quasi.best_l2) < float(adam.best_l2)


def test_where_no_start_will_do_the_generator_is_adapted_from_the_best(generator, mouth, rng):
    noise = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1)) - 0.5
    elsewhere = Problem.simulate(mouth.physics, noise)
    invert = WarmInversion(bank=20, starts=2, steps=10, adaptation_steps=3, stop_at=1e-6)
    result = invert(generator, elsewhere, rng)
    assert list(result.seconds) == ["bank", "start 1", "start 2", "adaptation"]
    assert not result.reached
    searched = result.history[result.history["stage"] != "adaptation"]["l2"].min()
    adapted = result.history.query("stage == 'adaptation'")["l2"]
    assert adapted.iloc[0] == pytest.approx(searched, rel=1e-3)
    assert result.l2 == pytest.approx(adapted.min(), rel=1e-3)


@pytest.mark.parametrize("metric", [None, torch.diag(torch.arange(1.0, 101))])
def test_an_interrupted_search_goes_on_where_it_was(
    generator, mouth, tmp_path, monkeypatch, metric
):
    monkeypatch.setattr(base, "CHECKPOINT_EVERY", base.timedelta(seconds=0))
    start = LatentBank(10).nearest(generator, mouth, 1)
    whole = QuasiNewtonSearch(generator, mouth, start, lr=1.0, metric=metric)
    whole.minimise(4, "whole")

    class Interrupted(Exception):
        pass

    class Failing(QuasiNewtonSearch):
        def images(self):
            if len(self.losses) == 30:
                raise Interrupted
            return super().images()

    with pytest.raises(Interrupted):
        Failing(generator, mouth, start, lr=1.0, metric=metric).minimise(4, "search", tmp_path)
    resumed = QuasiNewtonSearch(generator, mouth, start, lr=1.0, metric=metric)
    resumed.minimise(4, "search", tmp_path)
    assert float(resumed.best_l2) == pytest.approx(float(whole.best_l2), rel=0.2)


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [("bank", 0, "more than 0"), ("steps", -1, "more than 0"), ("prior_weight", -1, "0 or more")],
)
def test_settings_out_of_range_are_refused(setting, value, expected):
    with pytest.raises(InputError, match=f"{setting} is {value}: expected {expected}"):
        WarmInversion(**{setting: value})


def test_a_bank_too_small_for_a_regression_is_refused():
    with pytest.raises(InputError, match="bank is 1: a regression takes 2 or more"):
        WarmInversion(bank=1, regression=True)
