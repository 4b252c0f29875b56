"""The image-adaptive inversion: its two stages, where it stops, and what it returns."""

from __future__ import annotations

import copy

import pytest
import torch
from omegaconf import OmegaConf

from eglass.configuration import CONF
from eglass.inversion import ImageAdaptation, ImageAdaptiveInversion
from eglass.problems import Problem


@pytest.fixture(scope="module")
def elsewhere(mouth):
    """A problem whose target no latent explains well: noise beside the face."""
    rng = torch.Generator().manual_seed(1)
    return Problem.simulate(mouth.physics, torch.rand(1, 3, 64, 64, generator=rng) - 0.5)


def test_it_reaches_its_target_and_says_so(generator, super_resolution, rng):
    invert = ImageAdaptiveInversion(scouts=0, starts=4, steps=150, stop_at=3e-3)
    result = invert(generator, super_resolution, rng)
    assert result.reached
    assert super_resolution.l2(result.generator(result.latent[None])).item() <= 3e-3
    assert result.l2 == pytest.approx(super_resolution.l2(result.image).item(), rel=1e-3)


def test_it_ends_early_where_its_target_is_met(generator, super_resolution, rng):
    invert = ImageAdaptiveInversion(scouts=0, starts=2, steps=100, stop_at=0.05)
    result = invert(generator, super_resolution, rng)
    assert result.history["step"].max() < 99
    assert set(result.seconds) == {"latent"}
    assert result.generator is generator


def test_noise_is_not_fitted(generator, super_resolution, target, rng):
    noisy = Problem.simulate(super_resolution.physics, target, noise=0.2, rng=rng)
    result = ImageAdaptiveInversion(scouts=0, starts=2, steps=100, stop_at=0.01)(
        generator, noisy, rng
    )
    assert result.reached
    assert 0.04 < result.l2 <= 0.05


def test_without_a_target_it_spends_its_whole_budget(generator, super_resolution, rng):
    invert = ImageAdaptiveInversion(scouts=0, starts=2, steps=5, adaptation_steps=3, stop_at=None)
    history = invert(generator, super_resolution, rng).history
    assert history.groupby("stage")["step"].max().to_dict() == {"latent": 4, "adaptation": 2}
    assert history.query("stage == 'latent'")["start"].nunique() == 2


def test_a_miss_keeps_the_best_and_says_so(generator, elsewhere, rng):
    invert = ImageAdaptiveInversion(scouts=0, starts=2, steps=5, adaptation_steps=3, stop_at=1e-6)
    result = invert(generator, elsewhere, rng)
    assert not result.reached
    assert result.l2 == pytest.approx(result.history["l2"].min(), rel=1e-3)
    assert elsewhere.l2(result.image).item() == pytest.approx(result.l2, rel=1e-3)


def test_the_second_stage_fits_what_no_latent_does(generator, elsewhere, rng):
    invert = ImageAdaptiveInversion(
        scouts=0, starts=2, steps=20, adaptation_steps=30, adaptation_weights_lr=1e-3
    )
    l2 = invert(generator, elsewhere, rng).history.groupby("stage")["l2"].min()
    assert l2["adaptation"] < 0.8 * l2["latent"]


def test_the_generator_it_was_given_is_left_alone(generator, elsewhere, rng):
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    result = ImageAdaptiveInversion(scouts=0, starts=1, steps=2, adaptation_steps=3)(
        generator, elsewhere, rng
    )
    for name, value in generator.state_dict().items():
        assert torch.equal(value, before[name])
    assert result.generator is not generator
    assert not any(parameter.requires_grad for parameter in result.generator.parameters())
    assert not any(parameter.requires_grad for parameter in generator.parameters())


def test_the_second_stage_is_plain_adam_on_the_latent_and_all_weights(generator, elsewhere, rng):
    latent, adapted = generator.sample(1, rng), copy.deepcopy(generator).requires_grad_(True)
    stage = ImageAdaptation(generator, elsewhere, latent, latent_lr=1e-2, weights_lr=1e-3)
    stage.minimise(4, "adaptation")
    z = latent.clone().requires_grad_(True)
    latents, weights = (
        torch.optim.Adam([z], lr=1e-2),
        torch.optim.Adam(adapted.parameters(), lr=1e-3),
    )
    for _ in range(4):
        adapted.zero_grad()
        latents.zero_grad()
        elsewhere.l2(adapted(z)).sum().backward()
        latents.step()
        weights.step()
    torch.testing.assert_close(stage.latent, z, atol=1e-5, rtol=1e-5)
    for found, expected in zip(stage.generator.parameters(), adapted.parameters()):
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_each_part_has_its_own_learning_rate(generator, elsewhere):
    stage = ImageAdaptation(
        generator, elsewhere, torch.zeros(1, 100), latent_lr=1e-4, weights_lr=1e-3
    )
    latent, weights = stage.configure_optimizers().param_groups
    assert (latent["lr"], weights["lr"]) == (1e-4, 1e-3)
    assert len(weights["params"]) == len(list(generator.parameters()))


def test_scouts_choose_the_starts(generator, super_resolution, rng):
    invert = ImageAdaptiveInversion(scouts=6, scout_steps=3, starts=2, steps=2, adaptation_steps=0)
    history = invert(generator, super_resolution, rng).history
    scouts, starts = (history.query(f"stage == '{stage}'") for stage in ("scouting", "latent"))
    assert scouts["start"].nunique() == 6
    best = scouts.groupby("start")["l2"].min().nsmallest(2).sort_values()
    assert starts.query("step == 0")["l2"].to_numpy() == pytest.approx(best, rel=1e-3)


def test_back_projection_fits_better(generator, super_resolution):
    def l2(back_project: bool) -> float:
        rng = torch.Generator().manual_seed(0)
        invert = ImageAdaptiveInversion(
            scouts=0, starts=1, steps=3, adaptation_steps=0, back_project=back_project
        )
        return super_resolution.l2(invert(generator, super_resolution, rng).image).item()

    assert l2(True) < 0.1 * l2(False)


def test_its_aim_follows_the_threshold_and_the_noise(target, super_resolution):
    strict = Problem.simulate(super_resolution.physics, target, threshold=1e-3, noise=0.1)
    assert ImageAdaptiveInversion().aim(super_resolution) == 1e-3
    assert ImageAdaptiveInversion().aim(strict) == pytest.approx(0.01 + 1e-4)
    assert ImageAdaptiveInversion(stop_at=3e-3).aim(strict) == pytest.approx(0.01 + 3e-3)
    assert ImageAdaptiveInversion(stop_at=None).aim(strict) is None


def test_its_defaults_are_those_of_the_configuration():
    given = OmegaConf.to_container(OmegaConf.load(CONF / "inversion" / "image_adaptive.yaml"))
    del given["_target_"]
    assert ImageAdaptiveInversion(**given) == ImageAdaptiveInversion()
