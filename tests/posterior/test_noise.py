"""Beliefs about the noise, and measurements that have such noise."""

import pytest
import torch

from eglass.posterior import GaussianNoise, UniformBall
from eglass.posterior.noise import measured_numbers
from tests.posterior.linear import Linear, half_measured


@pytest.fixture(scope="module")
def quiet():
    generator = Linear()
    return half_measured(generator, torch.zeros(6))


def noise_of(noisy, quiet):
    return noisy.residual(-torch.ones(1, 1, 4, 4)) - quiet.residual(-torch.ones(1, 1, 4, 4))


def test_noise_in_the_ball_is_uniform(quiet, rng):
    ball = UniformBall(threshold=0.04)
    drawn = [noise_of(ball.noisy(quiet, rng), quiet).square().sum() for _ in range(800)]
    # The share of the volume within each radius is uniform.
    volume = (torch.stack(drawn) / 0.04) ** (measured_numbers(quiet) / 2)
    assert volume.max() <= 1 + 1e-5
    expected = torch.linspace(0, 1, 800)
    assert (volume.sort().values - expected).abs().max() < 0.06


def test_gaussian_noise_has_its_deviation_where_something_is_measured(quiet, rng):
    drawn = torch.stack(
        [
            GaussianNoise(sigma=0.3).noisy(quiet, rng).measurement - quiet.measurement
            for _ in range(500)
        ]
    )
    assert (drawn[..., 2:, :] == 0).all()
    assert drawn[..., :2, :].std() == pytest.approx(0.3, rel=0.05)


def test_turns_of_all_that_is_open_add_the_threshold(quiet):
    eigenvalues = torch.tensor([3.0, 0.1, 1e-3, 0.0]).double()
    s = UniformBall(threshold=1e-2).damping(eigenvalues, 8)
    assert s * float((eigenvalues / (eigenvalues + s)).sum()) == pytest.approx(1e-2, rel=1e-6)


def test_a_slice_of_gaussian_noise_lies_a_uniform_share_below(quiet, rng):
    noise = GaussianNoise(sigma=0.2)
    l2 = torch.full((4000,), 0.05)
    limit = noise.limit(l2, 8, rng)
    share = (noise.log_likelihood(limit, 8) - noise.log_likelihood(l2, 8)).exp()
    assert (share.sort().values - torch.linspace(0, 1, 4000)).abs().max() < 0.03
