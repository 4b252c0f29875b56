"""Every checkpoint format becomes the same network."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from eglass.errors import InputError
from eglass.generators import PGGAN
from tests.generators import naive_pggan as naive

SMALL = {"resolution": 32, "latent_dim": 12, "limit": 16}


FORMATS = {
    "image_adaptive": (naive.image_adaptive_checkpoint, naive.image_adaptive_images, None),
    "genforce": (naive.genforce_checkpoint, naive.genforce_images, "generator_smooth"),
    "gan_zoo": (naive.gan_zoo_checkpoint, naive.gan_zoo_images, "avgG"),
}


def save(content, path: Path) -> Path:
    torch.save(content, path)
    return path


def largest_difference(family: str, resolution: int, folder: Path, **size: int) -> float:
    checkpoint, images, nest = FORMATS[family]
    state = checkpoint(resolution, **size)
    path = save({nest: state} if nest else state, folder / "checkpoint.pth")
    latents = torch.randn(1, size["latent_dim"], generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = images(state, latents)
        actual = PGGAN.pretrained(resolution, path)(latents)
    assert expected.shape == actual.shape == (1, 3, resolution, resolution)
    assert expected.std() > 0.1, "a flat image would hide any difference"
    return (expected - actual).abs().max().item()


@pytest.mark.parametrize("family", FORMATS)
def test_converted_network_makes_the_images_of_the_formats_own_rule(family, tmp_path):
    assert largest_difference(family, 64, tmp_path, latent_dim=512) < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("family", ["image_adaptive", "genforce"])
def test_converted_network_makes_the_images_of_the_formats_own_rule_at_full_size(family, tmp_path):
    assert largest_difference(family, 1024, tmp_path, latent_dim=512) < 1e-4


def test_size_of_the_network_is_read_off_the_checkpoint(tmp_path):
    path = save(naive.gan_zoo_checkpoint(**SMALL), tmp_path / "small.pth")
    generator = PGGAN.pretrained(32, path)
    assert generator.latent_dim == 12
    assert generator.image_size == (3, 32, 32)
    assert generator.provenance.trained
    assert len(generator.provenance.sha256) == 64


def test_a_checkpoint_that_also_holds_foreign_objects_is_read(tmp_path):
    state = {
        "config": Path("a class of another package"),
        "avgG": naive.gan_zoo_checkpoint(**SMALL),
    }
    assert PGGAN.pretrained(32, save(state, tmp_path / "zoo.pth")).latent_dim == 12


def test_the_running_average_is_preferred_to_the_trained_weights(tmp_path):
    average, last = naive.gan_zoo_checkpoint(**SMALL), naive.gan_zoo_checkpoint(**SMALL)
    last["toRGBLayers.3.module.bias"] = last["toRGBLayers.3.module.bias"] + 1
    path = save({"netG": last, "netD": {}, "avgG": average}, tmp_path / "both.pth")
    latents = torch.randn(1, 12)
    with torch.no_grad():
        images = PGGAN.pretrained(32, path)(latents)
    torch.testing.assert_close(images, naive.gan_zoo_images(average, latents), atol=1e-4, rtol=0)


@pytest.mark.parametrize("family", FORMATS)
def test_every_key_is_needed_and_none_more_is_taken(family, tmp_path):
    checkpoint = FORMATS[family][0](**SMALL)
    weight = [key for key in checkpoint if key.endswith("weight")][2]
    lacking = {key: value for key, value in checkpoint.items() if key != weight}
    with pytest.raises(InputError, match=r"lacks|has keys|wrong shape"):
        PGGAN.pretrained(32, save(lacking, tmp_path / "lacking.pth"))
    checkpoint["noise.weight"] = torch.zeros(1)
    with pytest.raises(InputError, match=r"noise\.weight"):
        PGGAN.pretrained(32, save(checkpoint, tmp_path / "more.pth"))


def test_checkpoint_of_another_network_is_refused(tmp_path):
    with pytest.raises(InputError, match="not a known PGGAN checkpoint"):
        PGGAN.pretrained(32, save({"weight": torch.zeros(3)}, tmp_path / "other.pth"))


def test_checkpoint_of_another_resolution_is_refused_with_the_setting_to_change(tmp_path):
    path = save(naive.genforce_checkpoint(**SMALL), tmp_path / "32.pth")
    with pytest.raises(InputError, match=r"generator\.resolution=32"):
        PGGAN.pretrained(64, path)


def test_checkpoint_saved_while_growing_is_refused(tmp_path):
    checkpoint = naive.genforce_checkpoint(**SMALL)
    checkpoint["lod"] = torch.tensor(1.5)
    with pytest.raises(InputError, match=r"lod 1\.5"):
        PGGAN.pretrained(32, save(checkpoint, tmp_path / "growing.pth"))


def test_layer_of_another_shape_is_refused(tmp_path):
    checkpoint = naive.image_adaptive_checkpoint(**SMALL)
    checkpoint["features.4.conv.weight"] = torch.zeros(16, 15, 3, 3)
    with pytest.raises(InputError, match="wrong shape"):
        PGGAN.pretrained(32, save(checkpoint, tmp_path / "odd.pth"))
