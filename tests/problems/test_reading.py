"""A real measurement is read as the operator makes it, or refused on one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from deepinv.physics import StackedLinearPhysics
from PIL import Image

from eglass import Problem
from eglass.errors import InputError
from eglass.problems import Downsampling, FourierSubsampling, inpainting, read_measurement

SIZE = (3, 16, 16)
SMALLER = Downsampling(img_size=SIZE, factor=2, filter="bicubic", padding="reflect")
FOURIER = FourierSubsampling(SIZE)


@pytest.fixture
def x() -> torch.Tensor:
    return torch.rand(1, *SIZE, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def refused(tmp_path: Path):
    """Save something, read it as a measurement that must be refused, and return the line."""

    def refused(given, physics=SMALLER, name: str = "y.pt") -> str:
        path = tmp_path / name
        np.save(path, given) if name.endswith(".npy") else torch.save(given, path)
        with pytest.raises(InputError) as error:
            read_measurement(path, physics, SIZE)
        line = str(error.value)
        assert line.startswith("measurement ")
        assert "\n" not in line
        return line

    return refused


@pytest.mark.parametrize("physics", [SMALLER, FOURIER], ids=["real", "complex"])
def test_what_was_saved_is_read_back_with_and_without_the_first_dimension(x, physics, tmp_path):
    y = physics.A(x)
    for given in (y, y[0]):
        torch.save(given, tmp_path / "y.pt")
        np.save(tmp_path / "y.npy", given.numpy())
        for name in ("y.pt", "y.npy"):
            found = read_measurement(str(tmp_path / name), physics, SIZE)
            assert found.shape == y.shape
            torch.testing.assert_close(found, y)
            assert Problem(physics, found, SIZE).l2(x * 2 - 1) < 1e-10


def test_pictures_are_read_in_their_own_numbers_with_channels_last(x, tmp_path):
    y = SMALLER.A(x).clamp(0, 1)
    pixels = (y[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "y.png")
    np.save(tmp_path / "y.npy", pixels)
    np.save(tmp_path / "fractions.npy", pixels / 255.0)
    for name in ("y.png", "y.npy", "fractions.npy"):
        found = read_measurement(tmp_path / name, SMALLER, SIZE)
        torch.testing.assert_close(found, y, atol=0.5 / 255 + 1e-5, rtol=0)


def test_a_list_of_measurements_is_read_as_one(x, tmp_path):
    both = StackedLinearPhysics([SMALLER, FOURIER])
    torch.save(list(both.A(x)), tmp_path / "y.pt")
    found = read_measurement(tmp_path / "y.pt", both, SIZE)
    assert [part.shape for part in found] == [part.shape for part in both.A(x)]
    assert Problem(both, found, SIZE).l2(x * 2 - 1) < 1e-10


def test_noise_is_no_reason_to_refuse(x, tmp_path):
    y = SMALLER.A(x) + 0.1 * torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    torch.save(y, tmp_path / "y.pt")
    assert read_measurement(tmp_path / "y.pt", SMALLER, SIZE).shape == y.shape


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (torch.rand(1, 3, 8, 9), "has shape [1, 3, 8, 9]: expected [1, 3, 8, 8], as Downsampling"),
        (torch.rand(2, 3, 8, 8), "has shape [2, 3, 8, 8]"),
        (255 * torch.rand(1, 3, 8, 8), "(root mean square): expected up to 1, as Downsampling"),
        (2 * torch.rand(1, 3, 8, 8) - 1, "of its entries far below 0"),
        (torch.full((1, 3, 8, 8), torch.nan), "has entries that are not finite"),
        (torch.ones(1, 3, 8, 8, dtype=torch.int64), "has numbers of kind int64"),
        (torch.rand(1, 3, 8, 8) + 0j, "is complex: expected real numbers"),
        ([torch.rand(1, 3, 8, 8)] * 2, "has 2 parts: expected 1"),
        ({"y": torch.rand(1, 3, 8, 8)}, "holds a dict: expected a tensor"),
    ],
)
def test_what_is_no_measurement_of_this_operator_is_named(refused, given, complaint):
    assert complaint in refused(given)


def test_objects_are_never_executed(refused):
    class Evil:
        def __reduce__(self):
            return (pytest.fail, ("executed",))

    assert "is not a tensor that torch.save wrote" in refused(Evil())
    assert "is not a NumPy array of numbers" in refused(np.array([{}]), name="y.npy")


def test_a_picture_is_refused_where_none_is_measured(tmp_path):
    Image.fromarray(np.zeros((16, 16, 3), np.uint8)).save(tmp_path / "y.png")
    with pytest.raises(InputError, match=r"is a picture, and FourierSubsampling makes none"):
        read_measurement(tmp_path / "y.png", FOURIER, SIZE)
    masked = inpainting(SIZE, box=(0.2, 0.2, 0.6, 0.6))
    assert read_measurement(tmp_path / "y.png", masked, SIZE).shape == (1, *SIZE)


@pytest.mark.parametrize("name", ["y.npy", "y.pt", "y.png"])
def test_a_file_that_is_not_there_or_damaged_is_named(name, tmp_path):
    with pytest.raises(InputError, match="no measurement at"):
        read_measurement(tmp_path / name, SMALLER, SIZE)
    (tmp_path / name).write_text("nothing of the kind")
    with pytest.raises(InputError, match=name):
        read_measurement(tmp_path / name, SMALLER, SIZE)


def test_an_unknown_kind_of_file_is_named_with_the_known_ones(tmp_path):
    (tmp_path / "y.mat").touch()
    with pytest.raises(InputError, match=r"unknown kind: expected one of \.png"):
        read_measurement(tmp_path / "y.mat", SMALLER, SIZE)
