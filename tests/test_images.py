"""Reading anything that a person may give as a photograph."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from eglass.errors import InputError
from eglass.images import cropped, read_photograph, resized, to_pixels


@pytest.fixture
def ramp() -> np.ndarray:
    """A horizontal ramp from black to white."""
    return np.tile(np.linspace(0, 255, 64).round().astype(np.uint8), (48, 1))


def saved(image: Image.Image, path: Path, **options) -> torch.Tensor:
    image.save(path, **options)
    return read_photograph(path)


def test_colours_are_read_as_they_are(tmp_path: Path):
    colours = np.zeros((16, 16, 3), np.uint8)
    colours[..., 0] = 255
    image = saved(Image.fromarray(colours), tmp_path / "red.png")
    assert image.shape == (3, 16, 16)
    assert (image[0] == 1).all()
    assert (image[1:] == -1).all()


def test_grey_becomes_three_equal_channels(tmp_path: Path, ramp):
    image = saved(Image.fromarray(ramp), tmp_path / "grey.png")
    expected = torch.from_numpy(ramp / 127.5 - 1).float()
    torch.testing.assert_close(image, expected.expand(3, -1, -1), atol=1e-6, rtol=0)


def test_sixteen_bits_are_scaled_not_clipped(tmp_path: Path, ramp):
    deep = Image.fromarray(ramp.astype(np.uint16) * 257)
    image = saved(deep, tmp_path / "deep.png")
    expected = torch.from_numpy(ramp / 127.5 - 1).float()
    torch.testing.assert_close(image[0], expected, atol=1e-6, rtol=0)


def test_a_palette_becomes_its_colours(tmp_path: Path):
    colours = Image.new("RGB", (20, 20), (0, 0, 255)).convert("P")
    image = saved(colours, tmp_path / "palette.png")
    assert image[:, 5, 5].tolist() == [-1, -1, 1]


def test_what_is_transparent_is_laid_on_white(tmp_path: Path):
    image = saved(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), tmp_path / "clear.png")
    assert (image == 1).all()


def test_a_camera_held_upright_is_read_upright(tmp_path: Path, ramp):
    exif = Image.Exif()
    exif[0x0112] = 6
    image = saved(Image.fromarray(ramp), tmp_path / "turned.png", exif=exif)
    assert image.shape == (3, 64, 48)


def deep_png(path: Path, pixels: np.ndarray, *chunks: tuple[bytes, bytes]) -> Path:
    """Write a PNG of 16 bits, which Pillow cannot: grey, grey and alpha, colour, or with alpha."""
    height, width, channels = pixels.shape
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    lines = b"".join(b"\0" + line.tobytes() for line in pixels.astype(">u2"))
    file = b"\x89PNG\r\n\x1a\n"
    for name, data in (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)),
        *chunks,
        (b"IDAT", zlib.compress(lines)),
        (b"IEND", b""),
    ):
        file += struct.pack(">I", len(data)) + name + data
        file += struct.pack(">I", zlib.crc32(name + data))
    path.write_bytes(file)
    return path


@pytest.mark.parametrize("channels", [2, 4])
def test_sixteen_bits_of_what_is_transparent_are_laid_on_white(tmp_path: Path, channels):
    pixels = np.zeros((20, 30, channels), np.uint16)
    pixels[:, 10:20, -1] = 13107  # A fifth.
    pixels[:, 20:, -1] = 65535
    image = read_photograph(deep_png(tmp_path / "deep.png", pixels))
    for columns, expected in ((slice(10), 1.0), (slice(10, 20), 0.6), (slice(20, 30), -1.0)):
        part = image[:, :, columns]
        torch.testing.assert_close(part, torch.full_like(part, expected), atol=1e-4, rtol=0)


def test_sixteen_bits_of_a_camera_held_upright_are_read_upright(tmp_path: Path):
    pixels = np.random.default_rng(0).integers(0, 65536, (20, 30, 3), dtype=np.uint16)
    exif = struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, 0x0112, 3, 1, 6, 0, 0)
    image = read_photograph(deep_png(tmp_path / "deep.png", pixels, (b"eXIf", exif)))
    upright = torch.from_numpy(np.rot90(pixels, -1).astype(np.float32) / 32767.5 - 1)
    torch.testing.assert_close(image, upright.permute(2, 0, 1), atol=1e-4, rtol=0)


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as error:
        read_photograph(path)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_missing_file_is_refused(tmp_path: Path):
    assert "no image at" in refusal(tmp_path / "none.png")


def test_a_text_is_refused(tmp_path: Path):
    (tmp_path / "text.png").write_text("this is no image")
    assert "is not an image" in refusal(tmp_path / "text.png")


def test_a_truncated_file_is_refused(tmp_path: Path, rng):
    pixels = torch.randint(0, 256, (64, 64, 3), generator=rng, dtype=torch.uint8).numpy()
    Image.fromarray(pixels).save(tmp_path / "whole.png")
    whole = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    assert "damaged" in refusal(tmp_path / "half.png")


def test_an_animation_is_refused(tmp_path: Path):
    frames = [Image.new("L", (32, 32), level) for level in (0, 128, 255)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    assert "animated" in refusal(tmp_path / "moving.gif")


def test_a_tiny_image_is_refused(tmp_path: Path):
    Image.new("RGB", (64, 4)).save(tmp_path / "tiny.png")
    assert "at least 16" in refusal(tmp_path / "tiny.png")


def test_an_enormous_image_is_refused_before_it_is_decoded(tmp_path: Path):
    Image.new("1", (20_000, 12_000)).save(tmp_path / "enormous.png")
    assert "megapixels" in refusal(tmp_path / "enormous.png")


def test_a_crop_takes_what_its_fractions_say(ramp):
    image = torch.from_numpy(ramp / 127.5 - 1).float().expand(3, -1, -1)
    assert torch.equal(cropped(image, (0.5, 0.75, 1.0, 1.0)), image[:, 24:, 48:])


@pytest.mark.parametrize(
    "crop", [(0.5, 0, 0.5, 1), (0, 0.9, 1, 0.1), (-0.1, 0, 1, 1), (0, 0, 1), (0, 0, 0.001, 1)]
)
def test_an_empty_crop_is_refused(crop):
    with pytest.raises(InputError, match="crop"):
        cropped(torch.zeros(3, 32, 32), crop)


@pytest.mark.parametrize(
    ("aspect", "rows", "columns"), [(1.0, 48, 48), (0.5, 48, 24), (2.0, 32, 64)]
)
def test_without_a_crop_the_middle_of_the_aspect_is_taken(ramp, aspect, rows, columns):
    image = torch.from_numpy(ramp / 127.5 - 1).float().expand(3, -1, -1)
    top, left = (48 - rows) // 2, (64 - columns) // 2
    expected = image[:, top : top + rows, left : left + columns]
    assert torch.equal(cropped(image, aspect=aspect), expected)


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_resizing_keeps_the_picture(ramp, channels):
    image = torch.from_numpy(ramp / 127.5 - 1).float().expand(channels, -1, -1)
    small = resized(image, (24, 32))
    assert small.shape == (1, channels, 24, 32)
    means = image.unflatten(2, (32, 2)).mean((1, 3))
    torch.testing.assert_close(small[0].mean(1), means, atol=0.03, rtol=0)


def test_what_is_no_picture_of_8_bits_is_resized_without_rounding():
    fine = torch.full((3, 32, 32), 0.1234567)
    torch.testing.assert_close(resized(fine, (16, 16)), fine[None, :, :16, :16])


def test_pixels_round_and_clip():
    images = torch.tensor([-1.2, -1.0, 0.0, 1.0, 1.2]).view(1, 1, 1, 5)
    assert to_pixels(images)[0, 0, :, 0].tolist() == [0, 0, 128, 255, 255]


@pytest.mark.parametrize(
    ("channels", "shown", "expected"),
    [
        (1, None, [0, 0, 0]),
        (2, None, [0, 1, 1]),
        (3, None, [0, 1, 2]),
        (5, None, [0, 1, 2]),
        (5, (4, 2, 0), [4, 2, 0]),
    ],
)
def test_three_channels_are_shown_of_any_number(channels, shown, expected):
    images = torch.arange(channels).view(1, -1, 1, 1).expand(1, -1, 2, 2) / 10.0
    assert to_pixels(images, shown)[0, 0, 0].tolist() == [
        round((channel / 10 + 1) * 127.5) for channel in expected
    ]


def test_colour_becomes_grey_by_how_bright_it_is(tmp_path: Path):
    Image.new("RGB", (20, 20), (0, 255, 0)).save(tmp_path / "green.png")
    grey = read_photograph(tmp_path / "green.png", 1)
    assert grey.shape == (1, 20, 20)
    torch.testing.assert_close(grey, torch.full((1, 20, 20), 2 * 0.587 - 1))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.zeros((20, 20, 2)), "has 2 channels: expected 3"),
        (np.full((20, 20, 3), 200.0), "values from 200 to 200: expected 0 to 1"),
        (np.full((20, 20), np.nan), "expected finite numbers"),
        (np.zeros(400), "shaped [400]"),
        (np.array(["text"]), "is an array of"),
    ],
)
def test_an_array_that_is_no_image_is_refused(tmp_path: Path, values, words):
    np.save(tmp_path / "array.npy", values)
    assert words in refusal(tmp_path / "array.npy")
