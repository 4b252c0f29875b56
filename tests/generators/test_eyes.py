"""The bundled generator of eyes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from eglass.errors import InputError
from eglass.generators import DCGAN, EyeGAN, check_generator
from eglass.generators.eyes import CLASSES, class_number
from eglass.records import sha256
from eglass.weights import files, packaged_file

#: In the publisher's order.
ORDER = ("amber", "blue", "brown", "gray", "grayscale", "green", "hazel", "red")


@pytest.fixture(scope="module")
def eyes() -> EyeGAN:
    return EyeGAN.pretrained("green")


@pytest.fixture(scope="module")
def latents(eyes: EyeGAN) -> torch.Tensor:
    return eyes.sample(2, torch.Generator().manual_seed(0))


def in_class(eyes: EyeGAN, class_: str, latents: torch.Tensor) -> torch.Tensor:
    """Images of another class by the same weights."""
    other = EyeGAN(class_)
    other.load_state_dict(eyes.state_dict())
    return other(latents)


@pytest.fixture(scope="module")
def naive() -> nn.Sequential:
    """The network as its publisher wrote it, layer by layer, with the installed weights."""

    def step(inside: int, outside: int, stride: int = 2, padding: int = 1) -> list[nn.Module]:
        convolution = nn.ConvTranspose2d(inside, outside, 4, stride, padding, bias=False)
        return [convolution, nn.BatchNorm2d(outside), nn.ReLU()]

    network = nn.Sequential(
        *step(108, 1024, 1, 0),
        nn.Dropout(0.2),
        *step(1024, 512),
        *step(512, 256),
        *step(256, 128),
        *step(128, 64),
        nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False),
        nn.Tanh(),
    )
    path = packaged_file("omniart_eye_generator", "generator_model_state.pth", "")
    state = torch.load(path, map_location="cpu", weights_only=True)
    network.load_state_dict({key.removeprefix("main."): value for key, value in state.items()})
    return network.eval().requires_grad_(False)


def test_its_weights_are_trained_and_named(eyes):
    assert eyes.provenance.trained
    assert eyes.provenance.source == "omniart-eye-generator==0.1"
    assert eyes.provenance.sha256.startswith("dd486abbd738bfe3")


def test_it_makes_finite_images_of_the_promised_size_and_range(eyes, latents):
    images = eyes(latents)
    assert images.shape == (2, 3, 128, 128) == (2, *eyes.image_size)
    assert images.isfinite().all()
    assert images.abs().max() <= 1


@pytest.mark.parametrize(("number", "class_"), enumerate(ORDER))
def test_it_equals_its_publishers_network_told_the_classs_number(
    eyes, naive, latents, number, class_
):
    told = torch.zeros(2, 8)
    told[:, number] = 1
    expected = naive(torch.cat([latents, told], dim=1).view(2, 108, 1, 1))
    torch.testing.assert_close(in_class(eyes, class_, latents), expected, atol=1e-6, rtol=0)


def test_green_eyes_are_greener_than_red_ones(eyes, rng):
    latents = eyes.sample(16, rng)

    def greenness(images: torch.Tensor) -> torch.Tensor:
        return (images[:, 1] - images[:, 0]).mean()

    assert greenness(eyes(latents)) > greenness(in_class(eyes, "red", latents)) + 0.1


def test_it_can_be_explored(eyes):
    assert check_generator(eyes) == (3, 128, 128)


def test_nothing_of_it_is_trained_by_accident(eyes):
    assert not eyes.training
    assert not any(parameter.requires_grad for parameter in eyes.parameters())


def test_a_state_dict_of_ones_own_is_read_and_named(eyes, latents, tmp_path: Path):
    path = tmp_path / "own.pt"
    torch.save(eyes.state_dict(), path)
    own = EyeGAN.pretrained("green", path)
    assert own.provenance.source == "own.pt"
    assert own.provenance.sha256 == sha256(path)
    assert torch.equal(own(latents), eyes(latents))


def test_class_names_have_the_networks_numbers_in_capitals_too():
    assert CLASSES == ORDER
    assert class_number("Blue") == class_number("blue") == 1


@pytest.mark.parametrize(
    ("name", "hint"),
    [("gren", "did you mean green"), ("grey", "did you mean gray"), ("xyz", "expected"), (3, "3")],
)
def test_a_wrong_class_is_refused_in_one_line_with_the_nearest_and_the_list(name, hint):
    with pytest.raises(InputError, match=hint) as error:
        EyeGAN.pretrained(name)
    assert ", ".join(ORDER) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "content",
    [{"weight": torch.zeros(3)}, DCGAN(10, 8).state_dict(), torch.zeros(3), [torch.zeros(3)]],
    ids=["another key", "a DCGAN", "a tensor", "a list"],
)
def test_another_networks_weights_are_refused_in_one_line(content, tmp_path: Path):
    torch.save(content, tmp_path / "other.pt")
    with pytest.raises(InputError, match=r"other\.pt is not the eye generator's") as error:
        EyeGAN.pretrained(weights=tmp_path / "other.pt")
    assert "\n" not in str(error.value)


def test_altered_weights_are_refused(tmp_path: Path, monkeypatch):
    path = tmp_path / "generator_model_state.pth"
    torch.save(EyeGAN("green").state_dict(), path)
    monkeypatch.setattr(files, "packaged_file", lambda *_: path)
    with pytest.raises(InputError, match="altered"):
        EyeGAN.pretrained()
