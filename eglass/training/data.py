"""Images to train on: a folder's, at one size, some of them held out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.errors import InputError
from eglass.images import cropped, read_photograph, resized
from eglass.records import IMAGE_SUFFIXES
from eglass.settings import Mirrored

#: Fewer than this teach nothing.
FEWEST = 16
#: Sides that a decoder is made for, in pixels.
SMALLEST_SIDE, LARGEST_SIDE = 8, 128
#: No more than so many images are held out: they are looked at again and again.
MOST_HELD_OUT = 512
#: Axes of (count, channels, height, width) that are turned round.
_TURNED: dict[Mirrored | None, tuple[int, ...]] = {None: (), "sides": (3,), "all": (2, 3)}


@dataclass(frozen=True)
class Images:
    """Images in [-1, 1] to train on, and others to judge by.

    Attributes:
        train: (count, channels, height, width).
        held_out: the same; none of them is trained on.
    """

    train: Float[Tensor, "count channels height width"]
    held_out: Float[Tensor, "others channels height width"]

    @property
    def size(self) -> tuple[int, int, int]:
        """(channels, height, width) of an image."""
        return self.train.shape[1], self.train.shape[2], self.train.shape[3]


def read_folder(
    folder: str | Path | None,
    size: tuple[int, int, int],
    *,
    value_range: tuple[float, float] | None = None,
) -> Float[Tensor, "count channels height width"]:
    """Return the images of a folder, in the order of their names, at one size, in [-1, 1].

    The largest part of the wanted aspect is cut out of the middle of each.

    Args:
        folder: whose files are read, none of its folders'.
        size: (channels, height, width) that is wanted.
        value_range: what black and white are in the files, as for `eglass.read_photograph`.

    Raises:
        InputError: there is no such folder, it has too few images, one of them cannot be read or
            has other channels, or the size is not one that a decoder is made for.
    """
    channels, height, width = size
    check_size(size)
    if folder is None:
        raise InputError(
            "no folder of images: give images.folder=PATH, or `eglass train images.folder=PATH`"
        )
    place = Path(folder).expanduser()
    if not place.is_dir():
        raise InputError(f"no folder at {place}: give the path of a folder of images")
    paths = sorted(path for path in place.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
    if len(paths) < FEWEST:
        raise InputError(
            f"{place} has {len(paths)} images: expected {FEWEST} or more, named "
            f"{', '.join(IMAGE_SUFFIXES)}"
        )

    def read(path: Path) -> Tensor:
        image = read_photograph(path, channels, value_range=value_range, min_side=SMALLEST_SIDE)
        return resized(cropped(image, None, aspect=width / height), (height, width))

    return torch.cat([read(path) for path in paths])


def check_size(size: tuple[int, int, int]) -> None:
    """Refuse images that no decoder is made for.

    Raises:
        InputError: there is no channel, or a side is too small or too large.
    """
    channels, *sides = size
    if channels < 1 or not all(SMALLEST_SIDE <= side <= LARGEST_SIDE for side in sides):
        raise InputError(
            f"images of {list(size)} [channels, height, width]: expected a channel or more, and "
            f"sides of {SMALLEST_SIDE} to {LARGEST_SIDE} pixels"
        )


def split(
    images: Float[Tensor, "count channels height width"], share: float, rng: torch.Generator
) -> Images:
    """Return images as those to train on and those held out, drawn at random.

    Args:
        share: of all, how much is held out: at least one image, at most `MOST_HELD_OUT`.
        rng: a generator on the CPU; the same one makes the same split.
    """
    held_out = min(max(1, round(share * len(images))), MOST_HELD_OUT)
    order = torch.randperm(len(images), generator=rng)
    return Images(images[order[held_out:]], images[order[:held_out]])


def mirrored_at_random(
    images: Float[Tensor, "count channels height width"], how: Mirrored | None, rng: torch.Generator
) -> Float[Tensor, "count channels height width"]:
    """Return images of which every other, at random, is mirrored: along each axis by itself.

    Args:
        rng: a generator on the CPU.
    """
    for axis in _TURNED[how]:
        turned = torch.rand(len(images), 1, 1, 1, generator=rng).to(images) < 0.5
        images = torch.where(turned, images.flip(axis), images)
    return images


def mirrored_every_way(
    images: Float[Tensor, "count channels height width"], how: Mirrored | None
) -> Iterator[Float[Tensor, "count channels height width"]]:
    """Yield all images as they are, then mirrored in every way that there is."""
    axes = _TURNED[how]
    for number in range(len(axes) + 1):
        for turned in combinations(axes, number):
            yield images.flip(turned)
