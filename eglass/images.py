"""Photographs in, pixels out: reading anything a person may give, and showing what we made."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from eglass.errors import InputError

MAX_PIXELS = 100_000_000


def read_photograph(path: Path, *, min_side: int = 16) -> Float[Tensor, "3 height width"]:
    """Read an image file as RGB in [-1, 1], upright.

    Grey, palette and 16-bit images are converted; a transparent one is laid on white.

    Raises:
        InputError: there is no such file, or it is not an image, is truncated, animated, smaller
            than `min_side` on a side, or larger than 100 megapixels.
    """
    if not path.is_file():
        raise InputError(f"no image at {path}: give the path of an image file")
    try:
        with warnings.catch_warnings():
            # Pillow warns of large images; the limit below answers for itself.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path)
        _check_size(path, image, min_side)
        image.load()
    except InputError:
        raise
    except UnidentifiedImageError:
        raise InputError(
            f"{path} is not an image: expected a PNG, JPEG, TIFF or WebP file"
        ) from None
    except Image.DecompressionBombError:
        raise InputError(
            f"{path} is larger than {MAX_PIXELS // 10**6} megapixels: crop or shrink it first"
        ) from None
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{path} is damaged ({error}): give a complete image file") from None
    return _to_tensor(_to_rgb(ImageOps.exif_transpose(image)))


def _check_size(path: Path, image: Image.Image, min_side: int) -> None:
    if getattr(image, "n_frames", 1) > 1:
        raise InputError(
            f"{path} is animated or has several pages ({getattr(image, 'n_frames', 1)}): "
            "give a single image"
        )
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise InputError(
            f"{path} has {width}×{height} pixels, more than {MAX_PIXELS // 10**6} megapixels: "
            "crop or shrink it first"
        )
    if min(width, height) < min_side:
        raise InputError(
            f"{path} has {width}×{height} pixels: expected at least {min_side} on each side"
        )


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        # Pillow clips deep grey images to 8 bits; scale them instead.
        grey = np.asarray(image, dtype=np.float64)
        top = 65535.0 if image.mode != "F" or grey.max() > 1 else 1.0
        return Image.fromarray((255 * np.clip(grey / top, 0, 1)).round().astype(np.uint8)).convert(
            "RGB"
        )
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def _to_tensor(image: Image.Image) -> Float[Tensor, "3 height width"]:
    pixels = np.array(image, dtype=np.float32) / 127.5 - 1
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous()


def cropped(
    photograph: Float[Tensor, "3 height width"],
    crop: tuple[float, float, float, float] | None = None,
) -> Float[Tensor, "3 height width"]:
    """Cut a part out of a photograph.

    Args:
        photograph: RGB in [-1, 1].
        crop: (top, left, bottom, right) as fractions of height and width; none takes the largest
            centred square.

    Raises:
        InputError: the crop is empty or leaves the image.
    """
    _, height, width = photograph.shape
    if crop is None:
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        return photograph[:, top : top + side, left : left + side]
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
    photograph: Float[Tensor, "3 height width"], size: int
) -> Float[Tensor, "1 3 size size"]:
    """Resize an RGB image in [-1, 1] to a square, anti-aliased."""
    image = Image.fromarray(to_pixels(photograph[None])[0])
    return _to_tensor(image.resize((size, size), Image.Resampling.LANCZOS))[None]


def to_pixels(images: Float[Tensor, "batch channels height width"]) -> UInt8[np.ndarray, ...]:
    """Turn images in [-1, 1] into 8-bit pixels, (batch, height, width, channels)."""
    scaled = ((images.detach().cpu().float() + 1) * 127.5).round().clamp(0, 255)
    return scaled.to(torch.uint8).permute(0, 2, 3, 1).numpy()
