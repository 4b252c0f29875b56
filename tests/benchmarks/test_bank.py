"""Exact sets are held against independent draws of the prior."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from eglass.perceptual import Pixels
from eglass.posterior import Draws, Posterior, UniformBall, reject
from experiments.benchmarks.bank import HITS, beside, summary
from experiments.benchmarks.exact import Recorded
from tests.posterior.linear import Linear, half_measured

TRUTH = torch.tensor([1.0, -0.5, 0.3, 0.8, -1.2, 0.1])
COUNT = 60_000


def drawn(threshold: float, seed: int) -> tuple[Draws, Posterior]:
    generator = Linear()
    problem = half_measured(generator, TRUTH)
    posterior = Posterior(problem, generator, UniformBall(threshold=threshold))
    (found,) = reject([posterior], COUNT, torch.Generator().manual_seed(seed))
    return found, posterior


@pytest.fixture(scope="module")
def bank() -> Draws:
    return drawn(0.002, 0)[0]


def held_against(bank: Draws, threshold: float) -> dict:
    draws, posterior = drawn(threshold, 1)
    one = Recorded("half", {"name": "sample-1"}, 0.002, draws, posterior)
    return beside(one, bank, Pixels(), np.random.default_rng(0))


def test_draws_of_the_same_set_agree_with_the_bank(bank):
    found = held_against(bank, 0.002)
    assert found["hits"] >= HITS
    assert abs(found["errors_apart"]) < 3
    assert found["p_value"] > 0.01


def test_draws_of_a_wider_set_do_not(bank):
    found = held_against(bank, 0.006)
    assert found["errors_apart"] > 5
    assert found["p_value"] <= 0.01


def test_images_are_compared_only_where_the_bank_has_enough(bank):
    draws, posterior = drawn(0.002, 1)
    few = replace(bank, latents=bank.latents[:, : HITS - 1], l2=bank.l2[:, : HITS - 1])
    one = Recorded("half", {"name": "sample-1"}, 0.002, draws, posterior)
    (row,) = summary(pd.DataFrame([beside(one, few, Pixels(), np.random.default_rng(0))])).to_dict(
        "records"
    )
    assert (row["sets"], row["compared"]) == (1, 0)
    assert np.isnan(row["least_p"])


def test_a_summary_counts_only_what_the_bank_has_seen():
    about = {"problem": "half", "threshold": 0.01}
    sets = pd.DataFrame(
        [
            {**about, "hits": 500, "errors_apart": 1.0, "p_value": 0.4, "runs_apart": 0.1},
            {**about, "hits": 50, "errors_apart": -2.5, "p_value": np.nan, "runs_apart": 0.4},
            {**about, "hits": 0, "errors_apart": np.inf, "p_value": np.nan, "runs_apart": 0.1},
        ]
    )
    (row,) = summary(sets).to_dict("records")
    assert (row["sets"], row["within_two"], row["close"]) == (2, 1, 1)
    assert (row["compared"], row["not_told"], row["least_p"]) == (1, 1, 0.4)
