"""PULSE's search is PULSE's."""

from __future__ import annotations

import pytest
import torch

from eglass.inversion import SphericalSearch, linear1cycledrop


def test_the_schedule_is_the_published_one():
    # schedule_dict['linear1cycledrop'] of the official code.
    def published(x: float, steps: int) -> float:
        if x < 0.9 * steps:
            return (9 * (1 - abs(x / (0.9 * steps) - 1 / 2) * 2) + 1) / 10
        return 1 / 10 + (x - 0.9 * steps) / (0.1 * steps) * (1 / 1000 - 1 / 10)

    for steps in (10, 100, 250):
        for step in range(steps):
            assert linear1cycledrop(step, steps) == pytest.approx(published(step, steps))


def test_the_schedule_climbs_ten_times_then_drops_a_thousand():
    factors = [linear1cycledrop(step, 100) for step in range(101)]
    assert factors[0] == pytest.approx(0.1)
    assert max(factors) == factors[45] == pytest.approx(1)
    assert factors[90] == pytest.approx(0.1)
    assert factors[100] == pytest.approx(0.001)


def naive_pulse(generator, problem, latent, steps, lr=0.4, eps=2e-3):
    """PULSE for one latent, as its official code goes about it."""
    z = latent.clone().requires_grad_(True)
    radius = z.detach().norm()
    adam = torch.optim.Adam([z], lr=lr)
    schedule = torch.optim.lr_scheduler.LambdaLR(adam, lambda x: linear1cycledrop(x, steps))
    best, best_l2 = None, float("inf")
    for _ in range(steps):
        adam.zero_grad()
        image = (generator(z) + 1) / 2
        l2 = (problem.physics.A(image) - problem.measurement).square().mean()
        if l2 < best_l2:
            best, best_l2 = z.detach().clone(), l2.item()
        (100 * l2.clamp(min=eps)).backward()
        adam.step()
        schedule.step()
        with torch.no_grad():
            z.mul_(radius / z.norm())
    return best, best_l2


def test_it_goes_the_way_of_the_official_code(generator, super_resolution):
    start = generator.sample(1, torch.Generator().manual_seed(3))
    best, l2 = naive_pulse(generator, super_resolution, start, steps=12)
    search = SphericalSearch(generator, super_resolution, start, lr=0.4, steps=12, eps=2e-3)
    search.minimise(12, "pulse")
    torch.testing.assert_close(search.best_latents, best, atol=1e-3, rtol=1e-3)
    assert search.best_l2.item() == pytest.approx(l2, rel=1e-3)


def test_a_batch_of_starts_is_as_many_single_solves(generator, super_resolution):
    starts = generator.sample(3, torch.Generator().manual_seed(5))

    def solve(latents: torch.Tensor) -> torch.Tensor:
        search = SphericalSearch(
            generator, super_resolution, latents, lr=0.4, steps=8, eps=2e-3, enough=len(latents)
        )
        search.minimise(8, "pulse")
        return search.best_l2

    singles = torch.cat([solve(start[None]) for start in starts])
    torch.testing.assert_close(solve(starts), singles, rtol=1e-3, atol=1e-6)


def test_latents_stay_on_the_sphere_of_their_start(generator, super_resolution, rng):
    starts = generator.sample(2, rng)
    search = SphericalSearch(generator, super_resolution, starts, lr=0.4, steps=5, eps=2e-3)
    search.minimise(5, "pulse")
    torch.testing.assert_close(search.latents.norm(dim=1), starts.norm(dim=1))
    assert not torch.equal(search.latents, starts)


def test_below_eps_the_loss_is_flat(generator, super_resolution):
    search = SphericalSearch(
        generator, super_resolution, torch.zeros(2, 100), lr=0.4, steps=5, eps=2e-3
    )
    l2 = torch.tensor([1e-3, 5e-3], requires_grad=True)
    search.objective(l2).backward()
    assert l2.grad.tolist() == [0, 100]
