"""PGGAN itself: what it promises as a generator, with random weights."""

from __future__ import annotations

import copy
import math
from pathlib import Path

import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch.func import jvp, vjp, vmap

from eglass.errors import InputError
from eglass.generators import PGGAN


@pytest.fixture(scope="module")
def small() -> PGGAN:
    return PGGAN.pretrained(32, "random", latent_dim=24, max_channels=16)


def latents_of(generator, count):
    return generator.sample(count, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("resolution", [8, 16, 64, 256])
def test_images_have_the_resolution(resolution):
    generator = PGGAN.pretrained(resolution, "random", latent_dim=8, max_channels=4)
    assert generator(torch.randn(2, 8)).shape == (2, 3, resolution, resolution)
    assert generator.image_size == (3, resolution, resolution)


def test_the_published_network_has_the_papers_size():
    # Karras et al., Table 2: these channels, 23.1 million parameters.
    generator = PGGAN.pretrained(1024, "random")
    count = sum(p.numel() for p in generator.parameters())
    assert count / 1e6 == pytest.approx(23.1, abs=0.05)
    channels = [layer.weight.shape[0] for layer in generator.convolutions]
    assert channels == [512] * 7 + [256] * 2 + [128] * 2 + [64] * 2 + [32] * 2 + [16] * 2


def test_random_weights_say_that_they_are_untrained_and_repeat_with_the_seed(small):
    again = PGGAN.pretrained(32, "random", latent_dim=24, max_channels=16, seed=0)
    other = PGGAN.pretrained(32, "random", latent_dim=24, max_channels=16, seed=1)
    latents = latents_of(small, 2)
    assert not small.provenance.trained
    assert torch.equal(small(latents), again(latents))
    assert not torch.allclose(small(latents), other(latents), atol=0.1)


def test_random_weights_leave_the_global_random_state_alone():
    torch.manual_seed(123)
    before = torch.get_rng_state()
    PGGAN.pretrained(8, "random", latent_dim=8, max_channels=4)
    assert torch.equal(before, torch.get_rng_state())


def test_random_images_are_in_range_and_differ(small):
    images = small(latents_of(small, 8))
    assert (images.abs() <= 1).float().mean() > 0.9
    assert images.std(0).mean() > 0.05


def test_only_the_direction_of_the_latent_matters(small):
    latents = latents_of(small, 3)
    torch.testing.assert_close(small(3 * latents), small(latents), atol=1e-5, rtol=0)


def test_images_outside_the_range_keep_their_gradient(small):
    bright = copy.deepcopy(small)
    bright.to_rgb.bias.fill_(5.0)
    latents = latents_of(bright, 1).requires_grad_()
    images = bright(latents)
    assert images.min() > 1
    images.square().sum().backward()
    assert latents.grad.norm() > 1e-3


def test_forward_mode_under_vmap_agrees_with_reverse_mode(small):
    z, tangents = latents_of(small, 1), torch.randn(4, 1, 24)
    columns = vmap(lambda t: jvp(small, (z,), (t,))[1])(tangents)
    images, pull_back = vjp(small, z)
    rows = torch.randn(3, *images.shape)
    expected = torch.stack([pull_back(row)[0] for row in rows]).flatten(1) @ tangents.flatten(1).T
    actual = rows.flatten(1) @ columns.flatten(1).T
    torch.testing.assert_close(actual, expected, atol=1e-3, rtol=1e-3)
    assert expected.abs().min() > 0.01


def test_weights_can_be_adapted_on_a_copy_at_their_training_scale(small):
    adapted = copy.deepcopy(small).requires_grad_(True)
    latents = latents_of(small, 1)
    optimiser = torch.optim.Adam(adapted.parameters(), lr=1e-3)
    target = torch.zeros(1, 3, 32, 32)
    before = adapted(latents).square().mean().item()
    for _ in range(10):
        optimiser.zero_grad()
        torch.nn.functional.mse_loss(adapted(latents), target).backward()
        optimiser.step()
    assert adapted(latents).square().mean().item() < 0.9 * before
    assert torch.equal(small(latents), copy.deepcopy(small)(latents))
    # Stored at unit scale: an Adam step of 1e-3 is a thousandth of a weight, in every layer.
    assert all(0.9 < p.std() < 1.1 for n, p in small.named_parameters() if n.endswith("weight"))
    assert all(p.grad.norm() > 0 for p in adapted.parameters())


def test_scale_is_a_constant_of_the_layer_not_a_weight(small):
    assert not any(name.endswith("scale") for name, _ in small.named_parameters())
    assert small.dense.scale.item() == pytest.approx(math.sqrt(2) / math.sqrt(16 * 24))


def test_the_configuration_builds_it():
    config = OmegaConf.load(Path(__file__).parents[2] / "conf/generator/pggan.yaml")
    small = {"resolution": 8, "weights": "random", "latent_dim": 10, "max_channels": 4}
    assert instantiate(config, **small).latent_dim == 10


@pytest.mark.parametrize("resolution", [4, 48, 2048])
def test_other_resolutions_are_refused(resolution):
    with pytest.raises(InputError, match="resolution"):
        PGGAN.pretrained(resolution, "random")
