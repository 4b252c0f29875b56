"""Every checkpoint format becomes the same network, and no checkpoint can run code."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import naive_pggan as naive
import pytest
import torch

from eglass.errors import InputError
from eglass.generators import PGGAN, foreign

SMALL = {"resolution": 32, "latent_dim": 12, "limit": 16}
FORMATS = {
    "image_adaptive": (naive.image_adaptive_checkpoint, naive.image_adaptive_images, None),
    "genforce": (naive.genforce_checkpoint, naive.genforce_images, "generator_smooth"),
    "gan_zoo": (naive.gan_zoo_checkpoint, naive.gan_zoo_images, "avgG"),
}


class Config:
    """What a GAN zoo checkpoint pickles beside its tensors."""

    def __init__(self) -> None:
        self.alpha = 0
        self.depths = [512, 256]


class Attack:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def save(content, path: Path, *, zipped: bool = True) -> Path:
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
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


@pytest.mark.parametrize("zipped", [True, False])
def test_tensors_beside_a_foreign_object_are_read(zipped, tmp_path):
    state = naive.gan_zoo_checkpoint(**SMALL)
    half = {"half": torch.arange(6).half().reshape(2, 3).T, "empty": torch.zeros(0, 2)}
    content = {"config": Config(), "avgG": state, "parameter": torch.nn.Parameter(torch.ones(2))}
    path = save(content | half, tmp_path / "zoo.pth", zipped=zipped)
    read = foreign.load_tensors(path)
    assert set(read) == {"avgG", "parameter", "half", "empty"}
    for key, value in state.items():
        torch.testing.assert_close(read["avgG"][key], value, rtol=0, atol=0)
    torch.testing.assert_close(read["half"], half["half"], rtol=0, atol=0)
    assert read["empty"].shape == (0, 2)
    assert PGGAN.pretrained(32, path).latent_dim == 12


@pytest.mark.parametrize("zipped", [True, False])
def test_a_malicious_pickle_is_read_without_being_run(zipped, tmp_path):
    canary = tmp_path / "canary"
    content = {"config": Attack(canary), "avgG": naive.gan_zoo_checkpoint(**SMALL)}
    path = save(content, tmp_path / "attack.pth", zipped=zipped)
    assert PGGAN.pretrained(32, path).latent_dim == 12
    assert not canary.exists()
    # On purpose, of a file that this test has just written.
    torch.load(path, weights_only=False)
    assert canary.exists(), "the attack must be a real one"


def test_a_malicious_container_source_writes_no_patch(tmp_path, monkeypatch):
    # torch.load appends to a file that the checkpoint names, if a class asks it to "dump patches".
    monkeypatch.chdir(tmp_path)

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            if value is Config:
                return "module", torch._utils._rebuild_tensor_v2, "file", "source"
            return None

    path = tmp_path / "patch.pth"
    with path.open("wb") as file:
        for part in (0x1950A86A20F9469CFC6C, 1001, {}):
            pickle.dump(part, file, protocol=2)
        Pickler(file, protocol=2).dump({"module": Config})
        pickle.dump([], file, protocol=2)
    assert foreign.load_tensors(path) == {}
    assert os.listdir(tmp_path) == ["patch.pth"]


@pytest.mark.parametrize("content", [b"", b"not a pickle", b"PK\x03\x04", pickle.dumps({1: 2})])
def test_what_is_no_checkpoint_is_refused_in_one_line(content, tmp_path):
    path = tmp_path / "odd.pth"
    path.write_bytes(content)
    with pytest.raises(InputError) as refusal:
        PGGAN.pretrained(32, path)
    assert "\n" not in str(refusal.value)


def test_a_truncated_checkpoint_is_refused(tmp_path):
    for zipped in (True, False):
        path = save(naive.genforce_checkpoint(**SMALL), tmp_path / "cut.pth", zipped=zipped)
        path.write_bytes(path.read_bytes()[:-2000])
        with pytest.raises(InputError, match="cannot be read"):
            PGGAN.pretrained(32, path)
