"""Linear operators beside deepinv's, and the check that an operator is what it must be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import deepinv
import torch
from deepinv.physics import LinearPhysics
from deepinv.physics.generator import RandomMaskGenerator
from jaxtyping import Complex, Float
from torch import Tensor, fft
from torch.nn.functional import conv2d, pad

from eglass.errors import InputError
from eglass.problems.measurements import Measurement, each, flattened, parts

#: Relative error up to which an operator counts as linear, and its adjoint as its adjoint: as
#: much as a GPU's TensorFloat-32 makes of it.
TOLERANCE = 3e-3


class Downsampling(deepinv.physics.Downsampling):
    """deepinv's, which filters the whole image and keeps few pixels: this filters those alone."""

    def A(
        self, x: Float[Tensor, "batch channels height width"], **changes: Any
    ) -> Float[Tensor, "batch channels low_height low_width"]:
        if self.filter is None or len(self.filter) > 1 or self.filter.shape[1] > 1 or changes:
            return super().A(x, **changes)
        height, width = self.filter.shape[-2:]
        if self.padding != "valid":
            mode = "constant" if self.padding == "zeros" else self.padding
            x = pad(x, ((width - 1) // 2, width // 2, (height - 1) // 2, height // 2), mode=mode)
        # Colours as images: a convolution in groups would be several times slower on a CPU.
        kept = conv2d(x.flatten(0, 1)[:, None], self.filter.flip(-2, -1), stride=self.factor)
        return kept[:, 0].unflatten(0, x.shape[:2])


class FourierSubsampling(LinearPhysics):
    """Some vertical lines of the 2D Fourier transform of every colour, as in Cartesian MRI.

    deepinv's `MRI` is of one complex image; this is of real ones in colour.

    Args:
        img_size: (channels, height, width).
        acceleration: one line in so many is measured.
        center_fraction: fraction of all lines, around frequency 0, that is measured for certain;
            the others are drawn at random.
        seed: of the random lines.

    Raises:
        InputError: the centre alone has more lines than are measured.
    """

    lines: Tensor

    def __init__(
        self,
        img_size: tuple[int, int, int],
        acceleration: int = 4,
        center_fraction: float = 0.08,
        seed: int = 0,
        device: torch.device | str = "cpu",
    ):
        super().__init__(img_size=tuple(img_size))
        if not 0 <= center_fraction <= 1 / acceleration <= 1:
            raise InputError(
                f"Fourier subsampling has acceleration {acceleration} and center_fraction "
                f"{center_fraction}: expected 0 ≤ center_fraction ≤ 1/acceleration ≤ 1"
            )
        masks = RandomMaskGenerator(tuple(img_size)[1:], acceleration, center_fraction)
        centred = masks.step(seed=seed)["mask"][0, 0, 0]
        self.register_buffer("lines", fft.ifftshift(centred).nonzero().flatten())
        self.to(device)

    def A(
        self, x: Float[Tensor, "batch channels height width"], **_: object
    ) -> Complex[Tensor, "batch channels height lines"]:
        return fft.fft2(x, norm="ortho")[..., self.lines]

    def A_adjoint(
        self, y: Complex[Tensor, "batch channels height lines"], **_: object
    ) -> Float[Tensor, "batch channels height width"]:
        whole = y.new_zeros(*y.shape[:-1], self.img_size[-1])
        whole[..., self.lines] = y
        return fft.ifft2(whole, norm="ortho").real


class LinearFunction(LinearPhysics):
    """A plain function of images that is linear, as an operator.

    Args:
        A: takes images, (batch, channels, height, width), to measurements, (batch, …).
        img_size: (channels, height, width).
        A_adjoint: takes measurements back to images. With it, A and A_adjoint may be NumPy's, or
            anything else that autograd cannot follow; without it, A is differentiated for it.
    """

    def __init__(
        self,
        A: Callable[[Any], Any],
        img_size: tuple[int, int, int],
        A_adjoint: Callable[[Any], Any] | None = None,
        device: torch.device | str = "cpu",
    ):
        super().__init__(A=A, A_adjoint=A_adjoint, img_size=tuple(img_size), device=device)

    def A(self, x: Float[Tensor, "batch channels height width"], **_: object) -> Tensor:
        if self.A_adj is None:
            return self.forw(x)
        return _OwnTranspose.apply(x, self.forw, self.A_adj)

    def A_adjoint(self, y: Tensor, **_: object) -> Float[Tensor, "batch channels height width"]:
        if self.A_adj is None:
            return super().A_adjoint(y)
        return _OwnTranspose.apply(y, self.A_adj, self.forw)


class _OwnTranspose(torch.autograd.Function):
    """A linear function whose transpose is given: autograd looks into neither."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, A: Callable[[Any], Any], A_T: Callable[[Any], Any]) -> Tensor:
        ctx.A_T = A_T
        return torch.as_tensor(A(x.detach())).to(x.device)

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor) -> tuple[Tensor, None, None]:
        (cotangent,) = cotangents
        return torch.as_tensor(ctx.A_T(cotangent)).to(cotangent.device), None, None


def measure(physics: LinearPhysics, x: Float[Tensor, "batch channels height width"]) -> Measurement:
    """Return A x.

    Raises:
        InputError: the operator is none of deepinv's linear ones, does not take such images, or
            makes not one measurement of each.
    """
    if not isinstance(physics, LinearPhysics):
        raise InputError(
            f"the operator is a {type(physics).__name__}: expected a LinearPhysics of deepinv"
        )
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
            "differentiate: give A and A_adjoint to eglass.problems.operators.LinearFunction instead"
        )


def _attempt(physics: LinearPhysics, what: str, function: Callable[[Any], Any], of: Any) -> Any:
    try:
        return function(of)
    except Exception as error:  # An operator is anyone's code.
        size = "×".join(map(str, parts(of)[0].shape[1:]))
        raise InputError(
            f"operator {type(physics).__name__} fails to compute {what} of size {size}: "
            f"{type(error).__name__}: {' '.join(str(error).split())}"
        ) from error


def _close(found: Tensor, expected: Tensor) -> bool:
    return bool((found - expected).norm() <= TOLERANCE * expected.norm())
