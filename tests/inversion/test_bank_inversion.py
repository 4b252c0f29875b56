"""The inversion from a bank: where it searches from, and what it does where no start will do."""

from __future__ import annotations

import pytest
import torch

from eglass.inversion import BankInversion, LatentBank, QuasiNewtonSearch, bank_inversion
from eglass.problems import Problem


def test_it_searches_from_corrected_starts_and_in_the_metric(generator, mouth, rng, monkeypatch):
    searched = []

    class Spied(QuasiNewtonSearch):
        def __init__(self, generator, problem, start, *, metric, **settings):
            super().__init__(generator, problem, start, metric=metric, **settings)
            searched.append((start, metric))

    monkeypatch.setattr(bank_inversion, "QuasiNewtonSearch", Spied)
    BankInversion(bank=40, seed=5, starts=2, steps=1, adaptation_steps=0)(generator, mouth, rng)
    bank = LatentBank(40, seed=5)
    assert torch.equal(
        torch.cat([start for start, _ in searched]), bank.starts(generator, mouth, 2)
    )
    metric = bank.measured(generator, mouth).metric
    assert [torch.equal(given, metric) for _, given in searched] == [True, True]


def test_its_bank_is_kept_for_the_next_measurement(generator, mouth, target, rng, monkeypatch):
    invert = BankInversion(bank=40, starts=1, steps=1, adaptation_steps=0)
    invert(generator, mouth, rng)
    made = []
    forward = type(generator).forward
    monkeypatch.setattr(
        type(generator), "forward", lambda self, z: made.append(len(z)) or forward(self, z)
    )
    invert(generator, Problem.simulate(mouth.physics, -target), rng)
    assert set(made) == {1}


def test_it_reaches_its_target_and_ends_there(generator, super_resolution, rng):
    result = BankInversion(bank=200, stop_at=3e-3)(generator, super_resolution, rng)
    assert result.reached
    assert super_resolution.l2(generator(result.latent[None])).item() <= 3e-3
    assert (result.history["l2"] <= 3e-3).sum() <= 2
    assert list(result.seconds) == ["bank", "start 1"]


def test_where_no_start_will_do_the_generator_is_adapted_from_the_best(generator, mouth, rng):
    noise = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1)) - 0.5
    elsewhere = Problem.simulate(mouth.physics, noise)
    invert = BankInversion(bank=20, starts=2, steps=10, adaptation_steps=3, stop_at=1e-6)
    result = invert(generator, elsewhere, rng)
    assert list(result.seconds) == ["bank", "start 1", "start 2", "adaptation"]
    assert not result.reached
    searched = result.history[result.history["stage"] != "adaptation"]["l2"].min()
    adapted = result.history.query("stage == 'adaptation'")["l2"]
    assert adapted.iloc[0] == pytest.approx(searched, rel=1e-3)
    assert result.l2 == pytest.approx(adapted.min(), rel=1e-3)
