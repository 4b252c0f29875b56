"""Every kernel leaves p(z | y) as it is: begun with exact draws it ends with exact draws."""

import pytest
import torch

from eglass.generators import GaussianPrior, TruncatedNormalPrior
from eglass.posterior import (
    HMC,
    Angles,
    GaussianNoise,
    Posterior,
    Reflections,
    Rough,
    Slices,
    State,
    UniformBall,
    reject,
)
from tests.posterior.linear import Linear, gaussian_posterior, half_measured

TRUTH = torch.tensor([1.0, -0.5, 0.3, 0.8, -1.2, 0.1])
SIGMA, TAU = 0.15, 0.08


def posterior(noise, prior=None) -> Posterior:
    generator = Linear(prior=GaussianPrior(6) if prior is None else prior)
    return Posterior(half_measured(generator, TRUTH), generator, noise)


def weighted(of: Posterior) -> Angles:
    return Angles.of(of.metric(TRUTH[None]), of)


WITHIN = {
    "plain slices": lambda of: Slices(angles=Angles.plain(6)),
    "weighted slices": lambda of: Slices(angles=weighted(of)),
    "reflections": lambda of: Reflections(angles=weighted(of), angle=0.5, steps=4),
}
LIKELIHOOD = WITHIN | {
    "HMC": lambda of: HMC.of(of.metric(TRUTH[None]), of, step=0.4, leaps=5),
}


def moved(kernel, of, z, rng, times):
    state = State.at(of, z)
    for _ in range(times):
        state, _ = kernel.step(of, state, rng)
    return state


@pytest.mark.parametrize("name", LIKELIHOOD)
def test_gaussian_noise_ends_in_the_known_posterior(name, rng):
    of = posterior(GaussianNoise(sigma=SIGMA))
    mean, covariance = gaussian_posterior(of.generator, of.problem, SIGMA)
    factor = torch.linalg.cholesky(covariance)
    # From draws that are twice as wide: it is the kernel that brings them there.
    z = mean + 2 * torch.randn(3000, 6, generator=rng) @ factor.T
    state = moved(LIKELIHOOD[name](of), of, z, rng, 60)
    white = torch.linalg.solve(factor, (state.z - mean).T)
    assert white.mean(1).abs().max() < 0.08
    assert (torch.cov(white) - torch.eye(6)).abs().max() < 0.12


@pytest.mark.parametrize("prior", [GaussianPrior(6), TruncatedNormalPrior(6, 0.8)], ids=["", "box"])
@pytest.mark.parametrize("name", WITHIN)
def test_a_ball_ends_as_rejection_has_it(name, prior, rng):
    of = posterior(UniformBall(threshold=TAU), prior)
    (bank,) = reject([of], 100_000, rng)
    assert len(bank) > 2000
    exact = bank.flat
    # From one point of the set.
    begun = exact[:1].expand(2000, -1)
    state = moved(WITHIN[name](of), of, begun, rng, 60)
    assert (state.l2 <= TAU).all()
    assert of.within(state.z).all()
    for values, truth in ((state.z, exact), (state.z**2, exact**2)):
        apart = (values.mean(0) - truth.mean(0)) / (truth.var(0) / 1000).sqrt()
        assert apart.abs().max() < 4
    assert state.l2.mean() == pytest.approx(float(bank.flat_l2.mean()), rel=0.05)


def test_a_stand_in_that_is_off_changes_nothing_within_its_slack(rng):
    of = posterior(UniformBall(threshold=TAU))
    (bank,) = reject([of], 40_000, rng)

    class Off(Posterior):
        def l2(self, z):
            return super().l2(z) * (1 + 0.1 * torch.sin(20 * z[:, 0]))

    rough = Rough(Off(of.problem, of.generator, of.noise), 0.2 * TAU)
    kernel = Reflections(angles=weighted(of), angle=0.5, steps=4, rough=rough)
    state = moved(kernel, of, bank.flat[:1].expand(2000, -1), rng, 60)
    assert (of.l2(state.z) <= TAU).all()
    apart = (state.z.mean(0) - bank.flat.mean(0)) / (bank.flat.var(0) / 1000).sqrt()
    assert apart.abs().max() < 4


def test_turns_leave_the_gaussian_of_place_and_velocity_alone(rng):
    angles = Angles(torch.linalg.qr(torch.randn(6, 6, generator=rng))[0], torch.rand(6))
    z, v, angle = (torch.randn(5, *n, generator=rng) for n in ((6,), (6,), ()))
    turned = angles.turn(z, v, angle)
    back = angles.turn(turned[0], -turned[1], angle)
    assert torch.allclose(z**2 @ torch.ones(6) + v**2 @ torch.ones(6),
                          sum(x.square().sum(1) for x in turned), atol=1e-5)  # fmt: skip
    assert torch.allclose(back[0], z, atol=1e-5)


def test_a_mirror_turns_what_z_moves_by_and_keeps_the_length(rng):
    angles = Angles(torch.eye(6), torch.rand(6, generator=rng) + 0.1)
    v, n = torch.randn(4, 6, generator=rng), torch.randn(4, 6, generator=rng)
    mirrored = angles.mirrored(v, n)
    assert torch.allclose(mirrored.norm(dim=1), v.norm(dim=1), atol=1e-5)
    into = ((v * angles.weights) * n).sum(1)
    assert torch.allclose(((mirrored * angles.weights) * n).sum(1), -into, atol=1e-5)


def test_a_step_undoes_itself_with_the_velocity_reversed(rng):
    of = posterior(UniformBall(threshold=TAU))
    kernel = Reflections(angles=weighted(of))
    (draws,) = reject([of], 40_000, rng)
    z = draws.flat
    v, limit = of.momenta(len(z), rng), torch.full_like(z[:, 0], TAU)
    angles = torch.full_like(limit, 1.2)
    end, turned, l2, passes = kernel.leap(of, z, v, of.l2(z), limit, angles)
    # Some go straight on, some are mirrored, and a few can do neither.
    assert passes > len(z)
    assert 3 <= (end == z).all(1).sum() < len(z) / 2
    back, velocity, _, _ = kernel.leap(of, end, -turned, l2, limit, angles)
    torch.testing.assert_close(back, z, atol=1e-4, rtol=0)
    torch.testing.assert_close(velocity, -v, atol=1e-4, rtol=0)


@pytest.mark.parametrize(("threshold", "least", "most"), [(1e6, 0, 0), (1e-2, 0.1, 0.9)])
def test_steps_that_turn_round_are_counted(threshold, least, most, rng):
    of = posterior(UniformBall(threshold=threshold))
    state = State.at(of, TRUTH.repeat(50, 1))
    kernel = Reflections(angles=weighted(of), angle=1.5, steps=4)
    _, info = kernel.step(of, state, rng)
    assert least <= info.turned <= most
