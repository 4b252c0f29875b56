"""A real measurement from a file: of the operator's own shape and kind of number, or refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from deepinv.physics import LinearPhysics
from deepinv.utils import TensorList
from torch import Tensor

from eglass.errors import InputError
from eglass.images import read_photograph
from eglass.problems.checks import measure
from eglass.problems.measurements import Measurement, flattened, parts

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp")
#: How many times as large as those of a white image entries may be.
MOST = 3.0
#: Share of entries that noise alone may bring far below black.
FEW = 0.05


def read_measurement(
    path: str | Path, physics: LinearPhysics, image_size: tuple[int, int, int]
) -> Measurement:
    """Return the measurement y that a file holds, (1, …), as `physics` makes it of one image.

    Args:
        path: of a picture (PNG, JPEG, TIFF, WebP), whose black is 0 and white 1; of a NumPy array,
            `.npy`; or of a tensor or a list of tensors of PyTorch, `.pt`. Numbers of arrays and
            tensors are taken as they are, those of 8 bits as a picture's; the first dimension, 1,
            may be left out, and channels may come last as in NumPy's pictures.
        physics: the operator, of images in [0, 1].
        image_size: (channels, height, width) of the images that are measured.

    Raises:
        InputError: there is no such file; it holds something else; or its shape, its kind of number
            or its range is not what the operator makes.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise InputError(f"no measurement at {path}: give the path of a .png, .npy or .pt file")
    device = next((buffer.device for buffer in physics.buffers()), torch.device("cpu"))
    expected = measure(physics, torch.zeros(1, *image_size, device=device))
    wanted = parts(expected)
    kind = path.suffix.lower()
    if kind in PICTURES:
        given: list[Tensor] = [_picture(path, wanted, physics)]
    elif kind == ".npy":
        given = [_array(path)]
    elif kind in (".pt", ".pth"):
        given = _tensors(path)
    else:
        known = ", ".join((*PICTURES, ".npy", ".pt"))
        raise InputError(f"measurement {path} is of an unknown kind: expected one of {known}")
    if len(given) != len(wanted):
        raise InputError(
            f"measurement {path} has {len(given)} parts: expected {len(wanted)}, as "
            f"{type(physics).__name__} makes"
        )
    read = [_like(path, one, part, physics) for one, part in zip(given, wanted)]
    y = TensorList(read) if isinstance(expected, TensorList) else read[0]
    _check_range(path, y, physics, image_size)
    return y


def _picture(path: Path, wanted: Sequence[Tensor], physics: LinearPhysics) -> Tensor:
    shape = wanted[0].shape
    if len(wanted) > 1 or len(shape) != 4 or wanted[0].is_complex():
        raise InputError(
            f"measurement {path} is a picture, and {type(physics).__name__} makes none: give a "
            f".npy or .pt file of {_shapes(wanted)}"
        )
    return (read_photograph(path, shape[1], min_side=1)[None] + 1) / 2


def _array(path: Path) -> Tensor:
    try:
        return torch.from_numpy(np.load(path, allow_pickle=False))
    except Exception as error:  # A damaged file can raise anything.
        raise InputError(
            f"measurement {path} is not a NumPy array of numbers ({_line(error)})"
        ) from None


def _tensors(path: Path) -> list[Tensor]:
    try:
        read = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # A damaged or hostile pickle can raise anything.
        raise InputError(
            f"measurement {path} is not a tensor that torch.save wrote ({_line(error)[:120]})"
        ) from None
    listed = list(read) if isinstance(read, (list, tuple)) else [read]
    if not listed or not all(isinstance(part, Tensor) for part in listed):
        raise InputError(
            f"measurement {path} holds a {type(read).__name__}: expected a tensor or a list of them"
        )
    return listed


def _like(path: Path, given: Tensor, wanted: Tensor, physics: LinearPhysics) -> Tensor:
    """Return a part of y in the shape and the kind of number that is wanted."""
    if given.dtype in (torch.uint8, torch.uint16):
        given = given.double() / (255 if given.dtype == torch.uint8 else 65535)
    if not (given.is_floating_point() or given.is_complex()):
        raise InputError(
            f"measurement {path} has numbers of kind {str(given.dtype).removeprefix('torch.')}: "
            "expected fractions, for images in [0, 1]"
        )
    if given.is_complex() != wanted.is_complex():
        is_, not_ = ("complex", "real") if given.is_complex() else ("real", "complex")
        raise InputError(
            f"measurement {path} is {is_}: expected {not_} numbers, as "
            f"{type(physics).__name__} makes"
        )
    if not given.isfinite().all():
        raise InputError(f"measurement {path} has entries that are not finite")
    shape = wanted.shape
    if given.shape != shape:
        last = (*shape[2:], shape[1]) if len(shape) == 4 else ()
        grey = tuple(shape[2:]) if len(shape) == 4 and shape[1] == 1 else ()
        if given.shape == shape[1:] or (grey and given.shape == grey):
            given = given.reshape(shape)
        elif last and given.shape == last:
            given = given.permute(2, 0, 1)[None]
        else:
            raise InputError(
                f"measurement {path} has shape {list(given.shape)}: expected {list(shape)}, as "
                f"{type(physics).__name__} makes of one image; the first 1 may be left out"
            )
    return given.to(wanted)


def _check_range(
    path: Path, y: Measurement, physics: LinearPhysics, image_size: Sequence[int]
) -> None:
    """Refuse a measurement of another size than images in [0, 1] can have."""
    rng = torch.Generator().manual_seed(0)
    some = torch.cat([torch.ones(1, *image_size), torch.rand(1, *image_size, generator=rng)])
    of_some = flattened(physics.A(some.to(parts(y)[0].device)))
    given, most = (float(each.square().mean(1).sqrt().max()) for each in (flattened(y), of_some))
    if given > MOST * most:
        raise InputError(
            f"measurement {path} has entries of size {given:.3g} (root mean square): expected "
            f"up to {most:.3g}, as {type(physics).__name__} makes of images in [0, 1]; scale it"
        )
    dark = float((flattened(y) < -most / 4).double().mean())
    if of_some.min() > -most / 4 and dark > FEW:
        raise InputError(
            f"measurement {path} has {dark:.0%} of its entries far below 0: expected that of "
            "images in [0, 1]; of images in [-1, 1] give (y + A 1) / 2"
        )


def _shapes(wanted: Sequence[Tensor]) -> str:
    return ", ".join(str(list(part.shape)) for part in wanted)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
