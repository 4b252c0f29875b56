"""Gaussian noise through a generator that is not linear, against a sampler that is not ours.

`pip install 'eglass[references]'` brings it.
"""

import numpy as np
import pytest
import torch

from eglass.posterior import HMC, SMC, GaussianNoise, Posterior, State
from tests.posterior.linear import Linear, half_measured
from tests.posterior.test_kernels import TRUTH

nutpie = pytest.importorskip("nutpie", reason="nutpie is not installed: eglass[references]")


class Bent(Linear):
    """Images tanh(2 W z): no closed form."""

    def forward(self, latents):
        return torch.tanh(2 * super().forward(latents))


@pytest.fixture(scope="module")
def of():
    generator = Bent()
    return Posterior(half_measured(generator, TRUTH), generator, GaussianNoise(sigma=0.15))


@pytest.fixture(scope="module")
def nuts(of):
    from nutpie.compiled_pyfunc import from_pyfunc

    def log_density():
        def at(z):
            latent = torch.from_numpy(z).float()[None]
            l2, slope = of.l2_and_gradient(latent)
            factor = of.entries / (2 * of.noise.sigma**2)
            log_p = of.log_prior(latent) - factor * l2
            return float(log_p), (-latent - factor * slope)[0].double().numpy()

        return at

    def expand(*_):
        return lambda z, **_: {"z": z}

    model = from_pyfunc(6, log_density, expand, [np.dtype("float64")], [(6,)], ["z"])
    trace = nutpie.sample(model, draws=500, tune=300, chains=4, cores=1, seed=1, progress_bar=False)
    return torch.from_numpy(trace.posterior["z"].values.reshape(-1, 6)).float()


def agrees(found, exact, of_each=200):
    for values, truth in ((found, exact), (found**2, exact**2)):
        apart = (values.mean(0) - truth.mean(0)) / (truth.var(0) / of_each).sqrt()
        assert apart.abs().max() < 4


def test_monte_carlo_from_the_prior_agrees_with_nuts(of, nuts, rng):
    small = SMC(precision="float32", prior=400, ancestors=20, chains=4, most_moves=100)
    (found,) = small(of, [of.noise], rng)
    agrees(found.flat, nuts)


def test_hmc_in_the_geometry_s_metric_agrees_with_nuts(of, nuts, rng):
    kernel = HMC.of(of.metric(TRUTH[None]), of, step=0.3, leaps=5)
    state = State.at(of, TRUTH.repeat(1000, 1))
    for _ in range(60):
        state, info = kernel.step(of, state, rng)
    assert info.moved > 0.5
    agrees(state.z, nuts)
