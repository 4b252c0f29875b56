"""Images in, pixels out: reading anything a person may give, and showing what we made."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from eglass.errors import InputError

MAX_PIXELS = 100_000_000

#: Rec. 601: what red, green and blue are of a grey.
LUMA = (0.299, 0.587, 0.114)


def read_photograph(
    path: str | Path,
    channels: int = 3,
    *,
    value_range: tuple[float, float] | None = None,
    min_side: int = 16,
) -> Float[Tensor, "channels height width"]:
    """Return an image file's pixels in [-1, 1], upright.

    Colour becomes grey (Rec. 601) where one channel is wanted, and grey is repeated where three
    are; a palette is looked up, and a transparent image laid on white. Sixteen bits are kept.

    Args:
        path: of a PNG, JPEG, TIFF or WebP file, or of a NumPy array, (height, width) or (height,
            width, channels).
        channels: how many are wanted.
        value_range: what black and white are in the file; none takes those of its kind of number:
            0 and 255 or 65535 of whole numbers, 0 and 1 of fractions.
        min_side: smallest side that is accepted, in pixels.

    Raises:
        InputError: there is no such file, or it is not an image, is truncated, animated, smaller
            than `min_side` on a side, larger than 100 megapixels, of other channels, or of values
            far outside of the range.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"no image at {path}: give the path of an image file")
    values = _read_array(path) if path.suffix.lower() == ".npy" else _read_picture(path, min_side)
    _check_sides(path, values.shape[1], values.shape[0], min_side)
    scaled = _scaled(path, values, value_range)
    return with_channels(path, torch.from_numpy(scaled).permute(2, 0, 1), channels).contiguous()


def _read_array(path: Path) -> np.ndarray:
    try:
        values = np.load(path, allow_pickle=False)
    except Exception as error:  # A damaged file can raise anything.
        raise InputError(
            f"{path} is not a NumPy array of numbers ({' '.join(str(error).split())})"
        ) from None
    if values.ndim not in (2, 3) or values.dtype.kind not in "uif" or not np.isfinite(values).all():
        raise InputError(
            f"{path} is an array of {values.dtype}, shaped {list(values.shape)}: expected finite "
            "numbers, [height, width] or [height, width, channels]"
        )
    return values.reshape(*values.shape[:2], -1)


def _read_picture(path: Path, min_side: int) -> np.ndarray:
    """Return the pixels of an image file, (height, width, channels), in its own numbers."""
    try:
        with warnings.catch_warnings():
            # Pillow warns of large images, for which the limit below answers for itself;
            # and what is damaged ends in a line.
            warnings.simplefilter("ignore")
            image = Image.open(path)
            _check_size(path, image, min_side)
            if (deep := _read_deep_colour(path, image)) is not None:
                return deep
            image.load()
            return _flattened(ImageOps.exif_transpose(image))
    except InputError:
        raise
    except UnidentifiedImageError:
        if path.suffix.lower() in (".tif", ".tiff"):
            return _read_tiff(path)
        raise InputError(
            f"{path} is not an image: expected a PNG, JPEG, TIFF or WebP file"
        ) from None
    except Image.DecompressionBombError:
        raise InputError(
            f"{path} is larger than {MAX_PIXELS // 10**6} megapixels: crop or shrink it first"
        ) from None
    except Exception as error:  # Of a damaged file, Pillow can raise anything.
        raise InputError(f"{path} is damaged ({error}): give a complete image file") from None


def _read_deep_colour(path: Path, image: Image.Image) -> np.ndarray | None:
    """Return the pixels of an image in colour of 16 bits, of which Pillow would keep eight."""
    tile = getattr(image, "tile", None)
    raw = str(tile[0][3]) if tile else ""
    if image.mode not in ("RGB", "RGBA") or "16" not in raw:
        return None
    if image.format == "PNG":
        # Imported on use: few images are so deep.
        from torchvision.io import ImageReadMode, read_image

        read = read_image(str(path), ImageReadMode.RGB_ALPHA, apply_exif_orientation=True)
        colours, alpha = read.permute(1, 2, 0).double().split((3, 1), dim=2)
        on_white = 65535 + (colours - 65535) * (alpha / 65535)
        return on_white.round().to(torch.uint16).numpy()
    return _read_tiff(path)


def _read_tiff(path: Path) -> np.ndarray:
    """Return the pixels of a TIFF of a kind that Pillow does not read, such as two channels."""
    import tifffile

    # It logs what it stumbles over, and then raises; the line below is enough.
    tifffile.logger().disabled = True
    try:
        values = tifffile.imread(path)
    except Exception as error:  # A damaged file can raise anything.
        raise InputError(f"{path} is damaged ({error}): give a complete image file") from None
    if not values.size:
        raise InputError(f"{path} has no pixels: give a complete image file")
    if values.ndim not in (2, 3):
        raise InputError(f"{path} has several pages: give a single image")
    return values.reshape(*values.shape[:2], -1)


def _flattened(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I"):
        values = np.asarray(image)[..., None]
        fits = values.min() >= 0 and values.max() <= 65535
        return values.astype(np.uint16) if fits else values
    if image.mode == "F":
        return np.asarray(image)[..., None]
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    grey = image.mode in ("1", "L")
    return np.asarray(image.convert("L" if grey else "RGB")).reshape(image.height, image.width, -1)


def _scaled(
    path: Path, values: np.ndarray, value_range: tuple[float, float] | None
) -> Float[np.ndarray, "height width channels"]:
    """Return values with black at -1 and white at 1."""
    kinds = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0}
    black, white = value_range or (0.0, kinds.get(values.dtype, 1.0))
    lowest, highest = float(values.min()), float(values.max())
    slack = 0.5 * (white - black)
    if lowest < black - slack or highest > white + slack:
        raise InputError(
            f"{path} has values from {lowest:.3g} to {highest:.3g}: expected {black:g} to "
            f"{white:g}; give value_range, what black and white are"
        )
    # In single precision 8-bit pixels come out as they always have.
    scaled = values.astype(np.float32) / np.float32((white - black) / 2)
    return np.clip(scaled - np.float32(1 + 2 * black / (white - black)), -1, 1)


def with_channels(
    name: str | Path, image: Float[Tensor, "given height width"], channels: int
) -> Float[Tensor, "channels height width"]:
    """Return an image with so many channels: grey of colour (Rec. 601), or grey repeated.

    Args:
        name: what a refusal calls the image.

    Raises:
        InputError: it has others.
    """
    given = len(image)
    if given == channels:
        return image
    if given == 1 and channels == 3:
        return image.expand(3, -1, -1)
    if given == 3 and channels == 1:
        return (image * torch.tensor(LUMA)[:, None, None]).sum(0, keepdim=True)
    raise InputError(f"{name} has {given} channels: expected {channels}, as the generator makes")


def _check_size(path: Path, image: Image.Image, min_side: int) -> None:
    if getattr(image, "n_frames", 1) > 1:
        raise InputError(
            f"{path} is animated or has several pages ({getattr(image, 'n_frames', 1)}): "
            "give a single image"
        )
    _check_sides(path, *image.size, min_side)


def _check_sides(path: Path, width: int, height: int, min_side: int) -> None:
    if width * height > MAX_PIXELS:
        raise InputError(
            f"{path} has {width}×{height} pixels, more than {MAX_PIXELS // 10**6} megapixels: "
            "crop or shrink it first"
        )
    if min(width, height) < min_side:
        raise InputError(
            f"{path} has {width}×{height} pixels: expected at least {min_side} on each side"
        )


def centred(shape: tuple[int, int], aspect: float = 1.0) -> tuple[float, float, float, float]:
    """Return the largest centred part of some aspect: top, left, bottom, right as fractions.

    Args:
        shape: height and width of the whole.
        aspect: width over height of the part.
    """
    height, width = shape
    tall = min(height, max(1, round(width / aspect)))
    wide = min(width, max(1, round(height * aspect)))
    top, left = (height - tall) // 2, (width - wide) // 2
    return top / height, left / width, (top + tall) / height, (left + wide) / width


def cropped(
    photograph: Float[Tensor, "channels height width"],
    crop: Sequence[float] | None = None,
    *,
    aspect: float = 1.0,
) -> Float[Tensor, "channels height width"]:
    """Cut a part out of a photograph.

    Args:
        photograph: in [-1, 1].
        crop: (top, left, bottom, right) as fractions of height and width; none takes the largest
            centred part of the aspect.
        aspect: width over height of the part that is taken without a crop.

    Raises:
        InputError: the crop is empty or leaves the image.
    """
    _, height, width = photograph.shape
    if crop is None:
        crop = centred((height, width), aspect)
    fractions = [float(value) for value in crop]
    inside = len(fractions) == 4 and all(0 <= value <= 1 for value in fractions)
    if not inside or fractions[0] >= fractions[2] or fractions[1] >= fractions[3]:
        raise InputError(
            f"crop is {list(crop)}: expected [top, left, bottom, right], fractions from 0 to 1 "
            "with top < bottom and left < right"
        )
    top, bottom = (round(value * height) for value in fractions[0::2])
    left, right = (round(value * width) for value in fractions[1::2])
    if top == bottom or left == right:
        raise InputError(f"crop {list(crop)} of a {width}×{height} image is empty: enlarge it")
    return photograph[:, top:bottom, left:right]


def resized(
    photograph: Float[Tensor, "channels height width"], size: tuple[int, int]
) -> Float[Tensor, "1 channels tall wide"]:
    """Return an image in [-1, 1] resized to (height, width), anti-aliased (Lanczos).

    An image in colour of 8 bits stays one.
    """
    levels = (photograph + 1) * 127.5
    size_of_pillow = (size[1], size[0])
    if len(photograph) == 3 and bool(((levels - levels.round()).abs() < 1e-3).all()):
        picture = Image.fromarray(to_pixels(photograph[None])[0])
        pixels = np.array(picture.resize(size_of_pillow, Image.Resampling.LANCZOS), np.float32)
        return torch.from_numpy(pixels / 127.5 - 1).permute(2, 0, 1).contiguous()[None]
    planes = [
        np.array(Image.fromarray(plane).resize(size_of_pillow, Image.Resampling.LANCZOS))
        for plane in photograph.float().numpy()
    ]
    return torch.from_numpy(np.stack(planes)).clamp(-1, 1)[None]


def displayed(
    images: Float[Tensor, "batch channels height width"], shown: Sequence[int] | None = None
) -> Float[Tensor, "batch 3 height width"]:
    """Return images as red, green and blue.

    Args:
        shown: the channels that are shown as red, green and blue, from 0. None repeats grey, shows
            the second of two channels as green and as blue, and the first three of more.
    """
    count = images.shape[1]
    if count == 3 and shown is None:
        return images
    return images[:, list(shown or {1: (0, 0, 0), 2: (0, 1, 1)}.get(count, (0, 1, 2)))]


def to_pixels(
    images: Float[Tensor, "batch channels height width"], shown: Sequence[int] | None = None
) -> UInt8[np.ndarray, "batch height width 3"]:
    """Return images in [-1, 1] as 8-bit pixels in colour.

    Args:
        shown: as for `displayed`.
    """
    scaled = ((displayed(images, shown).detach().cpu().float() + 1) * 127.5).round().clamp(0, 255)
    return scaled.to(torch.uint8).permute(0, 2, 3, 1).numpy()
