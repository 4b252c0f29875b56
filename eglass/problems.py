"""Linear inverse problems: y = A x + n (Eq. 1), the ℓ2 of an image, and which images are feasible.

Generators speak of images in [-1, 1]; everything measured here is of images mapped to [0, 1].
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from deepinv.physics import GaussianNoise, Inpainting, LinearPhysics
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from eglass.errors import InputError
from eglass.images import read_photograph, to_pixels


class Problem:
    """A linear operator, a measurement y, and the ℓ2 below which an image explains it.

    ℓ2 is the mean squared error over the *measured* entries of y (PULSE's convention). An entry
    is measured when A can make it nonzero at all: an inpainting mask leaves the others at zero.

    Args:
        physics: any linear operator of deepinv, acting on images in [0, 1].
        measurement: y, shaped (1, …), as `physics` returns it.
        threshold: ℓ2 up to which a noiseless image counts as feasible (1e-2 in the paper).
        noise: standard deviation of n; its variance is added to the threshold, because the true
            image itself leaves that much.

    Raises:
        InputError: the threshold is not positive, or A measures nothing.
    """

    def __init__(
        self,
        physics: LinearPhysics,
        measurement: Float[Tensor, "1 ..."],
        image_size: tuple[int, int, int],
        *,
        threshold: float = 1e-2,
        noise: float = 0.0,
    ):
        if not threshold > 0:
            raise InputError(f"feasibility threshold is {threshold}: expected a positive ℓ2")
        self.physics = physics
        self.measurement = measurement
        self.image_size = image_size
        self.threshold = threshold + noise**2
        self.measured = measured_entries(physics, image_size, measurement.device)
        self._root_count = math.sqrt(int(self.measured.sum()))

    @classmethod
    def simulate(
        cls,
        physics: LinearPhysics,
        target: Float[Tensor, "1 3 height width"],
        *,
        threshold: float = 1e-2,
        noise: float = 0.0,
        rng: torch.Generator | None = None,
    ) -> Problem:
        """Measure a known image in [-1, 1], with Gaussian noise of the given standard deviation.

        Raises:
            InputError: the noise is negative, or A does not take images of this size.
        """
        if noise < 0:
            raise InputError(f"noise is {noise}: expected a standard deviation of at least 0")
        if noise > 0:
            physics.set_noise_model(GaussianNoise(sigma=noise, rng=rng))
        _, *image_size = target.shape
        return cls(
            physics,
            physics((target + 1) / 2),
            (image_size[0], image_size[1], image_size[2]),
            threshold=threshold,
            noise=noise,
        )

    def residual(
        self, images: Float[Tensor, "batch 3 height width"]
    ) -> Float[Tensor, "batch entries"]:
        """Return (A x − y) / √m, flattened, of images in [-1, 1]: its squared norm is ℓ2."""
        return (self.physics.A((images + 1) / 2) - self.measurement).flatten(1) / self._root_count

    def l2(self, images: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, " batch"]:
        """Mean squared error over the measured entries."""
        return self.residual(images).square().sum(1)

    def push_forward(
        self, tangents: Float[Tensor, "batch 3 height width"]
    ) -> Float[Tensor, "batch entries"]:
        """Return the change of `residual` along changes of the image: A is linear, so A itself."""
        return self.physics.A(tangents / 2).flatten(1) / self._root_count

    def feasible(self, l2: Float[Tensor, " batch"]) -> Bool[Tensor, " batch"]:
        """Say which ℓ2 explain the measurement."""
        return l2 <= self.threshold

    def back_project(
        self, images: Float[Tensor, "batch 3 height width"]
    ) -> Float[Tensor, "batch 3 height width"]:
        """Return x + A⁺(y − A x), the nearest images that fit y exactly (Abu Hussein et al.)."""
        unit = (images + 1) / 2
        unit = unit + self.physics.A_dagger(self.measurement - self.physics.A(unit))
        return unit.clamp(0, 1) * 2 - 1


def measured_entries(
    physics: LinearPhysics, image_size: tuple[int, int, int], device: torch.device
) -> Bool[Tensor, " ..."]:
    """Say which entries of y depend on the image: those that a generic image makes nonzero.

    Raises:
        InputError: none does.
    """
    rng = torch.Generator().manual_seed(0)
    probe = torch.randn(1, *image_size, generator=rng).to(device)
    measured = physics.A(probe) != 0
    if not measured.any():
        raise InputError("the operator measures nothing: every entry of A x is zero")
    return measured


def shown_measurement(problem: Problem) -> UInt8[np.ndarray, "height width 3"]:
    """Return a picture of y: y itself where it is an image, else its back-projection Aᵀ y.

    Entries that are not measured are grey.
    """
    y = problem.measurement
    if y.ndim != 4 or y.shape[1] != 3:
        y, seen = problem.physics.A_adjoint(y), torch.tensor(True)
    else:
        seen = problem.measured.to(y.device)
    return to_pixels(torch.where(seen, y * 2 - 1, 0.0))[0]


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
        mask: path of an image of the same height and width, white where pixels are deleted.

    Raises:
        InputError: not exactly one of box and mask is given, or it deletes nothing or everything,
            or the mask has another size.
    """
    _, height, width = img_size
    if (box is None) == (mask is None):
        raise InputError("inpainting needs either a box or a mask image: give exactly one of them")
    keep = torch.ones(1, height, width)
    if box is not None:
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
        image = read_photograph(Path(str(mask)), min_side=1)
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
