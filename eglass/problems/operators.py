"""Linear operators beside deepinv's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import deepinv
import torch
from deepinv.physics import Inpainting, LinearPhysics, Tomography
from deepinv.physics.generator import RandomMaskGenerator
from jaxtyping import Complex, Float
from torch import Tensor, fft
from torch.nn.functional import conv2d, pad

from eglass.errors import InputError
from eglass.images import read_photograph


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


def inpainting(
    img_size: tuple[int, int, int],
    box: tuple[float, float, float, float] | None = None,
    mask: str | Path | None = None,
    device: torch.device | str = "cpu",
) -> Inpainting:
    """Delete a region of the image: deepinv's Inpainting, from a box or from a mask image.

    Args:
        img_size: (channels, height, width).
        box: (top, left, bottom, right) of the deleted box, as fractions of height and width.
        mask: path of an image of the same height and width, white where pixels are deleted; the box
            then says nothing.

    Raises:
        InputError: neither box nor mask is given, or it deletes nothing or everything,
            or the mask has another size.
    """
    _, height, width = img_size
    if box is None and mask is None:
        raise InputError("inpainting needs a box or a mask image: give one of them")
    keep = torch.ones(1, height, width)
    if mask is None:
        assert box is not None
        values = [float(value) for value in box]
        if len(values) != 4 or not all(0 <= value <= 1 for value in values):
            raise InputError(
                f"inpainting box is {list(box)}: expected [top, left, bottom, right], each a "
                "fraction from 0 to 1"
            )
        top, bottom = (round(value * height) for value in values[0::2])
        left, right = (round(value * width) for value in values[1::2])
        keep[..., top:bottom, left:right] = 0
        origin = f"box {list(box)}"
    else:
        origin = f"mask {mask}"
        image = read_photograph(mask, min_side=1)
        if image.shape[-2:] != (height, width):
            found = f"{image.shape[-1]}×{image.shape[-2]}"
            raise InputError(
                f"{origin} is {found} pixels: expected the generator's {width}×{height}; resize it"
            )
        keep[0] = (image.mean(0) <= 0).float()
    if keep.min() == 1:
        raise InputError(f"{origin} deletes no pixel: there is nothing to inpaint; enlarge it")
    if keep.max() == 0:
        raise InputError(f"{origin} deletes every pixel: nothing is measured; make it smaller")
    return Inpainting(img_size=img_size, mask=keep.expand(img_size).to(device), device=device)


def tomography(
    img_size: tuple[int, int, int],
    angles: int = 20,
    device: torch.device | str = "cpu",
) -> Tomography:
    """Return parallel-beam computed tomography, deepinv's, in the units of pixels.

    y is scaled such that independent errors of the pixels have the same ℓ2 in y as they have in
    the image: a threshold means for y what it means for pixels.

    Args:
        img_size: (channels, height, width), the last two equal.
        angles: how many, evenly from 0° to 180°.

    Raises:
        InputError: the image is not square, or there is no angle.
    """
    _, height, width = img_size
    if height != width:
        raise InputError(
            f"tomography of an image of {width}×{height} pixels: expected a square one"
        )
    if angles < 1:
        raise InputError(f"tomography has {angles} angles: expected 1 or more")
    physics = Tomography(angles, width, normalize=False, device=device)
    rng = torch.Generator().manual_seed(0)
    y = physics.A(torch.randn(256, 1, height, width, generator=rng).to(device))
    physics.register_buffer("operator_norm", y[y != 0].square().mean().sqrt())
    physics.normalize = True
    return physics
