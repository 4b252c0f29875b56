"""Linear inverse problems: y = A x + n (Eq. 1), the ℓ2 of an image, and which images are feasible.

Generators speak of images in [-1, 1]; everything measured here is of images mapped to [0, 1].
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Sequence

import numpy as np
import torch
from deepinv.physics import GaussianNoise, LinearPhysics, ZeroNoise
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from eglass.errors import InputError
from eglass.images import to_pixels
from eglass.problems.checks import check_operator, measure
from eglass.problems.measurements import Measurement, each, flattened, parts, unflattened
from eglass.problems.projection import least_change

#: Value beyond which an image is not one of [-1, 1]: an interpolation may pass its ends a little.
LARGEST = 1.5

#: ℓ2 that the rounding to 8 bits leaves: an image that is nearer to y looks no different.
ROUNDING = (1 / 255) ** 2 / 12
#: Of a back-projection: how often values are cut off, and iterations each time.
ROUNDS, ITERATIONS = 10, 100


class Problem:
    """A linear operator, a measurement y, and the ℓ2 below which an image explains it.

    ℓ2 is the mean squared error over the *measured* entries of y (PULSE's convention). An entry
    is measured when A can make it nonzero at all: an inpainting mask leaves the others at zero.
    Of complex entries, squares are of the modulus.

    Args:
        physics: any linear operator of deepinv, acting on images in [0, 1].
        measurement: y, shaped (1, …), as `physics` returns it.
        image_size: (channels, height, width) of the images that are measured.
        threshold: ℓ2 up to which a noiseless image counts as feasible (1e-2 in the paper).
        noise: standard deviation of n; its variance is added to the threshold, because the true
            image itself leaves that much.

    Raises:
        InputError: the threshold is not positive and finite; y is not of the shape of A x; A
            measures nothing, or is not what `check_operator` expects.
    """

    def __init__(
        self,
        physics: LinearPhysics,
        measurement: Measurement,
        image_size: tuple[int, int, int],
        *,
        threshold: float = 1e-2,
        noise: float = 0.0,
    ):
        check_threshold(threshold)
        self.physics = physics
        self.image_size = image_size
        self.noise = noise
        self.threshold = threshold + noise**2
        self.device = parts(measurement)[0].device
        check_operator(physics, image_size, self.device)
        self.measured = measured_entries(physics, image_size, self.device)
        expected, given = ([part.shape for part in parts(y)] for y in (self.measured, measurement))
        if given != expected:
            raise InputError(
                f"the measurement has shape {_written(given)}: expected {_written(expected)}, as "
                "the operator makes of one image"
            )
        #: y; what no image can explain of it, such as noise where nothing is measured, is left out.
        self.measurement = each(torch.mul, measurement, self.measured)
        self._y = flattened(self.measurement)
        self.entries = sum(int(part.sum()) for part in parts(self.measured))
        self._root_count = math.sqrt(self.entries)

    @classmethod
    def simulate(
        cls,
        physics: LinearPhysics,
        target: Float[Tensor, "1 channels height width"],
        *,
        threshold: float = 1e-2,
        noise: float = 0.0,
        rng: torch.Generator | None = None,
    ) -> Problem:
        """Return the problem of a known image, measured with Gaussian noise.

        Args:
            physics: the operator, without noise of its own.
            target: the image, in [-1, 1].
            threshold: as for the class, more than 0.
            noise: standard deviation, of measurements of images in [0, 1]; 0 or more.
            rng: of the noise, on the target's device; none takes PyTorch's own.

        Raises:
            InputError: the image is not finite, or far outside of [-1, 1]; the noise is negative,
                not finite, or the operator's own; or the operator is not what `check_operator`
                expects for images of this size.
        """
        if not 0 <= noise < math.inf:
            raise InputError(f"noise is {noise}: expected a standard deviation of at least 0")
        check_range(target)
        y = measure(physics, (target + 1) / 2)
        if not isinstance(physics.noise_model, ZeroNoise):
            raise InputError(
                f"operator {type(physics).__name__} has a {type(physics.noise_model).__name__} of "
                "its own: expected ZeroNoise, and the standard deviation as the problem's noise, "
                "which feasibility follows"
            )
        return cls(
            physics,
            each(GaussianNoise(noise, rng), y) if noise > 0 else y,
            (target.shape[1], target.shape[2], target.shape[3]),
            threshold=threshold,
            noise=noise,
        )

    def measured_pixels(self) -> Bool[Tensor, "height width"] | None:
        """Say which pixels y has, where A keeps some as they are and deletes all others; none where
        A does anything else.
        """
        rng = torch.Generator().manual_seed(0)
        probe = torch.rand(1, *self.image_size, generator=rng).to(self.device)
        y, kept = self.physics.A(probe), self.measured
        if not (isinstance(y, Tensor) and isinstance(kept, Tensor)) or y.shape != probe.shape:
            return None
        return kept[0].any(0) if torch.allclose(y, kept * probe, atol=1e-6) else None

    def with_threshold(self, threshold: float) -> Problem:
        """Return the same measurement with another threshold on ℓ2, of a noiseless image.

        Raises:
            InputError: the threshold is not positive and finite.
        """
        check_threshold(threshold)
        changed = copy.copy(self)
        changed.threshold = threshold + self.noise**2
        return changed

    def with_measurement(self, measurement: Measurement) -> Problem:
        """Return the same operator and threshold with another measurement of the same shape."""
        changed = copy.copy(self)
        changed.measurement = each(torch.mul, measurement, self.measured)
        changed._y = flattened(changed.measurement)
        return changed

    def residual(
        self, images: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch entries"]:
        """Return (A x − y) / √m as real numbers, of images in [-1, 1]: its squared norm is ℓ2."""
        return self._apart(self.forward(images))

    def l2(self, images: Float[Tensor, "batch channels height width"]) -> Float[Tensor, " batch"]:
        """Mean squared error over the measured entries."""
        return self.l2_of(self.forward(images))

    def forward(
        self, images: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch entries"]:
        """Return A x as real numbers, of images in [-1, 1]."""
        return flattened(self.physics.A((images + 1) / 2))

    def l2_of(self, Ax: Float[Tensor, "batch entries"]) -> Float[Tensor, " batch"]:
        """Return ℓ2 of what `forward` returned, of this problem or one of the same operator."""
        return self._apart(Ax).square().sum(1)

    def _apart(self, Ax: Float[Tensor, "batch entries"]) -> Float[Tensor, "batch entries"]:
        return (Ax - self._y) / self._root_count

    @torch.no_grad()
    def off_by(
        self, images: Float[Tensor, "batch channels height width"], share: float = 0.9
    ) -> Float[Tensor, " batch"]:
        """Return the error that a share of the measured entries do not exceed, of each image.

        Args:
            share: above 0, up to 1.
        """
        errors = each(torch.sub, self.physics.A((images + 1) / 2), self.measurement)
        seen = zip(parts(errors), parts(self.measured))
        found = torch.cat([error.abs()[:, where[0]] for error, where in seen], 1)
        return found.kthvalue(math.ceil(share * found.shape[1]), dim=1).values

    def push_forward(
        self, tangents: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch entries"]:
        """Return the change of `residual` along changes of the image: A is linear, so A itself."""
        return flattened(self.physics.A(tangents / 2)) / self._root_count

    def pull_back(
        self, cotangents: Float[Tensor, "batch entries"]
    ) -> Float[Tensor, "batch channels height width"]:
        """Return the adjoint of `push_forward` of some vectors."""
        y = unflattened(cotangents, self.measurement)
        return self.physics.A_adjoint(y) / (2 * self._root_count)

    def feasible(self, l2: Float[Tensor, " batch"]) -> Bool[Tensor, " batch"]:
        """Say which ℓ2 explain the measurement."""
        return l2 <= self.threshold

    @torch.no_grad()
    def back_project(
        self, images: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch channels height width"]:
        """Return the nearest images that explain y as well as its noise allows, in [-1, 1].

        Without noise these are x + A⁺(y − A x) (Abu Hussein et al.), to within what 8 bits show;
        with noise, ℓ2 = σ² is left. Images that explain y so well already stay as they are. Where
        values leave the range they are cut off, and what that undoes is done again.
        """
        for _ in range(ROUNDS):
            change = least_change(
                self.residual(images),
                self.push_forward,
                self.pull_back,
                aim=self.noise**2,
                slack=ROUNDING,
                iterations=ITERATIONS,
            )
            if not change.any():
                break
            images = (images + change).clamp(-1, 1)
        return images


def check_threshold(threshold: float) -> None:
    """Refuse a threshold on ℓ2 that is not positive and finite.

    Raises:
        InputError: it is not.
    """
    if not 0 < threshold < math.inf:
        raise InputError(f"feasibility threshold is {threshold}: expected a positive ℓ2")


def check_range(image: Float[Tensor, "1 channels height width"]) -> None:
    """Refuse an image that is not in [-1, 1]; warn of one that has nothing darker than mid-grey.

    Raises:
        InputError: it is not finite, or far outside.
    """
    low, high = float(image.min()), float(image.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise InputError("the image has values that are not finite")
    expected = "expected -1 (black) to 1 (white), as eglass.read_photograph returns"
    if max(-low, high) > LARGEST:
        raise InputError(f"the image has values from {low:.3g} to {high:.3g}: {expected}")
    if 0 <= low < high:
        warnings.warn(
            f"the image has values from {low:.3g} to {high:.3g}, nothing darker than mid-grey: "
            f"{expected}; of an image in [0, 1], give 2 * image - 1",
            stacklevel=3,
        )


def _written(shapes: list[torch.Size]) -> str:
    return ", ".join(str(list(shape)) for shape in shapes)


def measured_entries(
    physics: LinearPhysics, image_size: tuple[int, int, int], device: torch.device
) -> Measurement:
    """Say which entries of y depend on the image: those that a generic image makes nonzero.

    Raises:
        InputError: none does.
    """
    rng = torch.Generator().manual_seed(0)
    probe = torch.randn(1, *image_size, generator=rng).to(device)
    measured = each(lambda part: part != 0, physics.A(probe))
    if not any(part.any() for part in parts(measured)):
        raise InputError("the operator measures nothing: every entry of A x is zero")
    return measured


def is_picture(measurement: Measurement, channels: int) -> bool:
    """Say whether y is an image itself, grey or of all channels, which can be shown as it is."""
    return (
        isinstance(measurement, Tensor)
        and not measurement.is_complex()
        and measurement.ndim == 4
        and measurement.shape[1] in (1, channels)
    )


def shown_measurement(
    problem: Problem, shown: Sequence[int] | None = None
) -> UInt8[np.ndarray, "height width 3"]:
    """Return a picture of y: y itself where it is an image, else its back-projection Aᵀ y.

    Entries that are not measured are grey. What is far from an image in [0, 1] is stretched from
    black to white, its darkest and its brightest hundredth left out.

    Args:
        shown: the channels that are shown as red, green and blue: see `eglass.images.displayed`.
    """
    y = problem.measurement
    own = is_picture(y, problem.image_size[0])
    picture = y if own else problem.physics.A_adjoint(y)
    dark, bright = picture.quantile(0.01), picture.quantile(0.99)
    if dark < -0.5 or bright > 1.5:
        picture = (picture - dark) / (bright - dark)
    if own:
        picture = torch.where(problem.measured, picture, 0.5)
    return to_pixels(picture * 2 - 1, shown if picture.shape[1] > 1 else None)[0]
