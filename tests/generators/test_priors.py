"""How latents are drawn, and how typical one is."""

from __future__ import annotations

import pytest
import torch
from scipy.stats import kstest, norm, truncnorm

from eglass.generators import GaussianPrior, TruncatedNormalPrior


@pytest.mark.parametrize(
    ("prior", "entries"),
    [
        (GaussianPrior(20), norm()),
        (TruncatedNormalPrior(20, 0.7), truncnorm(-2, 2, scale=0.7)),
    ],
)
def test_entries_are_of_the_distribution_and_their_moments_are_known(prior, entries, rng):
    draws = prior.sample(1000, rng)
    assert draws.shape == (1000, 20)
    assert kstest(draws.flatten().numpy(), entries.cdf).pvalue > 0.01
    assert prior.second_moment == pytest.approx(entries.moment(2))
    assert prior.fourth_moment == pytest.approx(entries.moment(4))


@pytest.mark.parametrize("prior", [GaussianPrior(5), TruncatedNormalPrior(5)])
def test_draws_follow_the_generator_of_random_numbers(prior):
    first, again, other = (
        prior.sample(3, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("prior", [GaussianPrior(100), TruncatedNormalPrior(128, 0.7)])
def test_atypicality_is_a_standard_score(prior, rng):
    score = prior.atypicality(prior.sample(4000, rng))
    assert score.mean().abs() < 0.1
    assert abs(score.std() - 1) < 0.1


def test_a_shrunk_latent_is_atypical(rng):
    prior = GaussianPrior(100)
    assert (prior.atypicality(0.5 * prior.sample(20, rng)) < -3).all()
