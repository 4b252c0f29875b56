"""The bundled generator."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from eglass.errors import InputError
from eglass.generators import DCGAN


def test_it_makes_images_of_the_promised_size_and_range(generator, rng):
    images = generator(generator.sample(4, rng))
    assert images.shape == (4, *generator.image_size)
    assert images.abs().max() <= 1


def test_its_weights_are_trained_and_named(generator):
    assert generator.provenance.trained
    assert generator.provenance.sha256.startswith("0c3b90b138cf")


def test_it_makes_faces(generator, rng):
    # Skin is redder than it is blue.
    images = generator(generator.sample(64, rng))
    middle = images[:, :, 20:44, 20:44].mean((0, 2, 3))
    assert middle[0] > middle[1] + 0.05 > middle[2] + 0.1


def test_an_image_does_not_depend_on_its_batch(generator, rng):
    latents = generator.sample(3, rng)
    torch.testing.assert_close(generator(latents)[:1], generator(latents[:1]), atol=1e-5, rtol=0)


def test_nothing_of_it_is_trained_by_accident(generator):
    assert not generator.training
    assert not any(parameter.requires_grad for parameter in generator.parameters())


def test_a_state_dict_of_another_width_is_read(tmp_path: Path):
    small = DCGAN(latent_dim=10, width=8)
    torch.save(small.state_dict(), tmp_path / "small.pt")
    loaded = DCGAN.pretrained(tmp_path / "small.pt")
    assert loaded.latent_dim == 10
    latents = torch.ones(1, 10)
    torch.testing.assert_close(loaded(latents), small(latents))


def test_another_networks_weights_are_refused(tmp_path: Path):
    torch.save({"weight": torch.zeros(3)}, tmp_path / "other.pt")
    with pytest.raises(InputError, match="not a DCGAN"):
        DCGAN.pretrained(tmp_path / "other.pt")
