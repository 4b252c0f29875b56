"""What an operator must be, tried on random images before anything long is computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from deepinv.physics import LinearPhysics
from jaxtyping import Float
from torch import Tensor

from eglass.errors import InputError
from eglass.problems.measurements import Measurement, each, flattened, parts

#: Relative error up to which an operator counts as linear, and its adjoint as its adjoint: as
#: much as a GPU's TensorFloat-32 makes of it.
TOLERANCE = 3e-3


def measure(physics: LinearPhysics, x: Float[Tensor, "batch channels height width"]) -> Measurement:
    """Return A x.

    Raises:
        InputError: the operator is none of deepinv's linear ones, is made for images of another
            size, does not take such images, or makes not one measurement of each.
    """
    if not isinstance(physics, LinearPhysics):
        raise InputError(
            f"the operator is a {type(physics).__name__}: expected a LinearPhysics of deepinv"
        )
    check_size(physics, x.shape[1:])
    y = _attempt(physics, "A x", physics.A, x)
    if not all(isinstance(part, Tensor) for part in parts(y)):
        raise InputError(
            f"operator {type(physics).__name__} returns a {type(y).__name__}: expected a tensor"
        )
    if not all(part.shape[:1] == x.shape[:1] for part in parts(y)):
        shapes = ", ".join(str(list(part.shape)) for part in parts(y))
        raise InputError(
            f"operator {type(physics).__name__} makes measurements of shape {shapes} of {len(x)} "
            f"images: expected [{len(x)}, …]"
        )
    return y


@torch.no_grad()
def check_operator(
    physics: LinearPhysics, image_size: tuple[int, int, int], device: torch.device
) -> None:
    """Refuse an operator that is not linear, or whose `A_adjoint` is not its adjoint.

    Random images tell: A is tried on a few of them, and on one that is much smaller.

    Raises:
        InputError: it does not take images of this size; gives not one finite measurement for
            each; gives another one the second time; is not linear; or has a wrong adjoint.
    """
    name = type(physics).__name__
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(8, *image_size, generator=rng).to(device)
    y = measure(physics, x)
    Ax = flattened(y)
    if not Ax.isfinite().all():
        raise InputError(f"operator {name} gives measurements that are not finite")
    if not _close(flattened(physics.A(x)), Ax):
        raise InputError(
            f"operator {name} measures the same images differently the second time: fix its seed, "
            "and give its noise as the problem's noise"
        )
    if not _close(flattened(physics.A(x[:1])), Ax[:1]):
        raise InputError(f"operator {name} measures an image differently alone and in a batch")
    if not _close(flattened(physics.A((x[:1] - x[1:2]) / 64)), (Ax[:1] - Ax[1:2]) / 64):
        raise InputError(
            f"operator {name} is not linear: A(a x + b y) is not a A x + b A y for random images"
        )

    v = each(lambda part: torch.empty_like(part, device="cpu").normal_(generator=rng).to(part), y)
    back = _attempt(physics, "Aᵀ y", physics.A_adjoint, v)
    if not isinstance(back, Tensor) or back.shape != x.shape or back.is_complex():
        raise InputError(f"operator {name} has an adjoint that does not return real images")
    ours, theirs = (Ax * flattened(v)).sum(1), (x * back).sum((1, 2, 3))
    if not _close(theirs, ours):
        raise InputError(
            f"operator {name} has a wrong adjoint: ⟨A x, y⟩ and ⟨x, A_adjoint y⟩ differ by "
            f"{(theirs - ours).norm() / ours.norm():.1g} of the first for random x and y"
        )
    with torch.enable_grad():
        followed = flattened(physics.A(x[:1].requires_grad_())).requires_grad
    if not followed:
        raise InputError(
            f"operator {name} is not written in PyTorch operations, which the inversion has to "
            "differentiate: give A and A_adjoint to eglass.problems.LinearFunction instead"
        )


def _attempt(physics: LinearPhysics, what: str, function: Callable[[Any], Any], of: Any) -> Any:
    try:
        return function(of)
    except Exception as error:  # An operator is anyone's code.
        size = _written(parts(of)[0].shape[1:])
        raise InputError(
            f"operator {type(physics).__name__} fails to compute {what} of size {size}: "
            f"{type(error).__name__}: {' '.join(str(error).split())}"
        ) from error


def check_size(physics: LinearPhysics, image_size: Sequence[int]) -> None:
    """Refuse an operator that says that it is of images of another size.

    Raises:
        InputError: it does.
    """
    own: Any = getattr(physics, "img_size", None)
    of_images = isinstance(own, (tuple, list)) and len(own) == len(image_size)
    if of_images and tuple(own) != tuple(image_size):
        raise InputError(
            f"operator {type(physics).__name__} is made for images of {_written(own)}: "
            f"expected {_written(image_size)}, the size of those that it is to measure"
        )


def _written(size: Sequence[int]) -> str:
    """Return a size as people write it."""
    return "×".join(map(str, size))


def _close(found: Tensor, expected: Tensor) -> bool:
    return bool((found - expected).norm() <= TOLERANCE * expected.norm())
