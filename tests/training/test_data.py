"""Images to train on are read as they are wanted, or refused on one line that names the file."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from eglass import InputError
from eglass.training import drawn_phantoms, read_folder, split
from eglass.training.data import mirrored_at_random, mirrored_every_way


def write(folder, count: int, shape=(20, 30, 3), seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    for i in range(count):
        pixels = rng.integers(0, 256, shape, np.uint8)
        Image.fromarray(pixels.squeeze()).save(folder / f"{i:02d}.png")


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("size", [(3, 16, 16), (1, 16, 24), (3, 32, 8)])
def test_a_folder_is_one_tensor_of_the_size_that_is_wanted(tmp_path, size):
    write(tmp_path, 16)
    images = read_folder(tmp_path, size)
    assert images.shape == (16, *size)
    assert -1 <= images.min() < -0.5
    assert 0.5 < images.max() <= 1


def test_the_middle_is_cut_out_and_not_squeezed(tmp_path):
    pixels = np.zeros((16, 32, 3), np.uint8)
    pixels[:, 8:24] = 255
    for i in range(16):
        Image.fromarray(pixels).save(tmp_path / f"{i}.png")
    assert read_folder(tmp_path, (3, 16, 16)).min() == 1


def test_two_channels_are_read_from_arrays(tmp_path):
    for i in range(16):
        np.save(tmp_path / f"{i:02d}.npy", np.full((16, 20, 2), [i / 16, 0.5]))
    images = read_folder(tmp_path, (2, 16, 20))
    assert images[:, 0, 0, 0].tolist() == pytest.approx([i / 8 - 1 for i in range(16)])
    images = read_folder(tmp_path, (2, 16, 20), value_range=(0, 2))
    assert images[0, 1, 0, 0] == -0.5


@pytest.mark.parametrize("name", ["broken.png", "broken.npy"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, name):
    write(tmp_path, 16)
    (tmp_path / name).write_bytes(b"no image")
    with pytest.raises(InputError, match=name):
        read_folder(tmp_path, (3, 16, 16))


def test_a_file_of_other_channels_is_named(tmp_path):
    write(tmp_path, 16)
    np.save(tmp_path / "five.npy", np.zeros((16, 16, 5)))
    with pytest.raises(InputError, match=r"five.npy has 5 channels: expected 3"):
        read_folder(tmp_path, (3, 16, 16))


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ((3, 16, 16), "has 3 images: expected 16 or more"),
        ((3, 16, 200), "sides of 8 to 128"),
        ((0, 16, 16), "a channel or more"),
    ],
)
def test_too_few_images_and_sizes_that_cannot_be_are_refused(tmp_path, size, words):
    write(tmp_path, 3)
    with pytest.raises(InputError, match=words):
        read_folder(tmp_path, size)


@pytest.mark.parametrize("folder", [None, "nowhere"])
def test_a_folder_that_is_not_there_is_refused(folder):
    with pytest.raises(InputError, match="no folder"):
        read_folder(folder, (3, 16, 16))


def test_what_is_held_out_is_not_trained_on_and_the_same_for_a_seed():
    images = torch.arange(40.0).view(40, 1, 1, 1).expand(40, 1, 8, 8) / 40
    first, again, other = (split(images, 0.25, rng(seed)) for seed in (0, 0, 1))
    kept, held = ({float(x[0, 0, 0]) for x in part} for part in (first.train, first.held_out))
    assert len(kept) == 30
    assert len(held) == 10
    assert not kept & held
    assert torch.equal(first.held_out, again.held_out)
    assert not torch.equal(first.held_out, other.held_out)
    assert first.size == (1, 8, 8)


@pytest.mark.parametrize(
    ("size", "count"), [((3, 16, 16), 20), ((1, 16, 24), 20), ((1, 16, 16), 3)]
)
def test_phantoms_are_grey_and_square_and_not_few(size, count):
    with pytest.raises(InputError, match="expected"):
        drawn_phantoms(size, count)


#: Quarters of an image that no mirror leaves as they are.
QUARTERS = torch.tensor([[0.0, 1.0], [2.0, 3.0]])
WAYS = {
    None: {(0, 1, 2, 3)},
    "sides": {(0, 1, 2, 3), (1, 0, 3, 2)},
    "all": {(0, 1, 2, 3), (1, 0, 3, 2), (2, 3, 0, 1), (3, 2, 1, 0)},
}


@pytest.mark.parametrize("how", WAYS)
def test_images_are_mirrored_in_every_way_once_or_in_any_at_random(how):
    images = QUARTERS.expand(200, 1, 2, 2)
    every = [tuple(way[0].flatten().tolist()) for way in mirrored_every_way(images, how)]
    assert every[0] == (0, 1, 2, 3)
    assert len(every) == len(WAYS[how])
    assert set(every) == WAYS[how]
    drawn = [tuple(x) for x in mirrored_at_random(images, how, rng(0)).flatten(1).tolist()]
    assert set(drawn) == WAYS[how]
    for way in WAYS[how]:
        assert drawn.count(way) > 0.6 * 200 / len(WAYS[how])
