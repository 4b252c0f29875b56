"""Levels: shares are the bank's, and steps on the way to a place say more than the place alone."""

from __future__ import annotations

import pytest
import torch

from eglass.posterior import Posterior, Reflections, Rough, Slices, State, UniformBall, reject
from eglass.posterior.levels import Level
from tests.posterior.test_kernels import posterior, weighted

TAU = 0.01
CHAINS, MOVES = 3000, 9


class Off(Posterior):
    """As bfloat16 is, but more so: off by a little, and always too large."""

    def l2(self, z):
        return super().l2(z) * (1.3 + 0.05 * torch.sin(20 * z[:, 0]))


@pytest.fixture(scope="module")
def bank():
    of = posterior(UniformBall(threshold=TAU))
    (found,) = reject([of], 400_000, torch.Generator().manual_seed(2))
    # Of a fifth of the probability, as levels are.
    return of, found, UniformBall(threshold=float(found.flat_l2.quantile(0.2)))


def level_of(kernel, of, begun, rng) -> Level:
    state = State.at(of, begun)
    kept, way = [state], []
    for _ in range(MOVES):
        state, info = kernel.step(of, state, rng)
        kept.append(state)
        way.append(info.way)
    zero = torch.zeros(1, dtype=torch.float64)
    return Level(
        of.noise,
        torch.stack([each.z for each in kept], 1)[None],
        torch.stack([each.l2 for each in kept], 1)[None],
        torch.stack(way).permute(2, 0, 1)[None],
        zero,
        zero,
    )


@pytest.mark.parametrize("rounded", [False, True], ids=["", "rounded"])
def test_steps_on_the_way_leave_a_share_unbiased_and_less_of_its_variance(bank, rounded, rng):
    of, draws, narrower = bank
    rough = Rough(Off(of.problem, of.generator, of.noise), 0.5 * TAU) if rounded else None
    kernel = Reflections(angles=weighted(of), angle=0.3, steps=5, rough=rough)
    level = level_of(kernel, of, draws.flat[:CHAINS], rng)
    by_place = (level.l2 <= narrower.threshold).double().mean(2)[0]
    by_step = level.shares(narrower, of.entries)[0]
    assert abs(by_step.mean() - 0.2) < 3.5 * (by_step.var() / CHAINS + 0.16 / len(draws)).sqrt()
    assert by_step.var() < (0.95 if rounded else 0.8) * by_place.var()


def test_a_move_without_steps_corrects_nothing(bank, rng):
    of, draws, narrower = bank
    level = level_of(Slices(angles=weighted(of)), of, draws.flat[:20], rng)
    by_place = (level.l2 <= narrower.threshold).double().mean(2)
    torch.testing.assert_close(level.shares(narrower, of.entries), by_place)


def test_of_very_few_places_a_share_is_not_below_nothing():
    inside, outside = 0.1, 0.9
    places = torch.tensor([[[inside, outside, outside]]])
    way = torch.tensor([[[[outside, outside, inside], [outside, outside, inside]]]])
    zero = torch.zeros(1, dtype=torch.float64)
    level = Level(UniformBall(threshold=1), places[..., None], places, way, zero, zero)
    assert level.shares(UniformBall(threshold=0.5), 1).item() == pytest.approx(1 / 3)


def test_it_is_read_back_as_it_was_kept(bank, rng, tmp_path):
    of, draws, narrower = bank
    kernel = Reflections(angles=weighted(of), angle=0.3, steps=5)
    level = level_of(kernel, of, draws.flat[:20], rng)
    level.save(tmp_path / "level", rng)
    after = torch.rand(3, generator=rng)
    again = Level.load(tmp_path / "level", narrower, rng)
    assert again is not None
    assert again.noise == level.noise
    torch.testing.assert_close(again.z, level.z)
    torch.testing.assert_close(
        again.shares(narrower, of.entries), level.shares(narrower, of.entries), rtol=0, atol=0
    )
    assert torch.equal(torch.rand(3, generator=rng), after)
