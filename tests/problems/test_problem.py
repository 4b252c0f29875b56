"""The forward model: ℓ2, feasibility, noise; for images, vectors, complex numbers and lists."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from deepinv.physics import (
    CompressedSensing,
    Decolorize,
    SinglePixelCamera,
    StackedLinearPhysics,
    Tomography,
)
from torch import fft

from eglass.errors import InputError
from eglass.problems import (
    Downsampling,
    FourierSubsampling,
    LinearFunction,
    Problem,
    inpainting,
    is_picture,
    shown_measurement,
)

SIZE = (3, 64, 64)
SMALL = (3, 16, 16)
BOX = (0.6, 0.25, 0.95, 0.75)


def test_l2_is_the_mean_squared_error_over_measured_pixels(mouth, target, rng):
    image = torch.rand(2, *SIZE, generator=rng) * 2 - 1
    seen = torch.ones(64, 64, dtype=torch.bool)
    seen[38:61, 16:48] = False
    error = ((image + 1) / 2 - (target + 1) / 2)[:, :, seen]
    torch.testing.assert_close(mouth.l2(image), error.square().mean((1, 2)))


def test_what_is_hidden_does_not_count(mouth, target):
    changed = target.clone()
    changed[:, :, 40:60, 20:40] = 1
    assert mouth.l2(changed).item() < 1e-12


def test_super_resolution_measures_8_by_8_colours(super_resolution):
    assert super_resolution.measurement.shape == (1, 3, 8, 8)
    assert int(super_resolution.measured.sum()) == 192


def test_noise_raises_the_threshold_by_its_variance(target, rng):
    physics = inpainting(SIZE, box=BOX)
    noisy = Problem.simulate(physics, target, threshold=1e-2, noise=0.1, rng=rng)
    assert noisy.threshold == pytest.approx(0.02)
    assert noisy.l2(target).item() == pytest.approx(0.01, rel=0.1)


def test_the_same_seed_gives_the_same_noise(target):
    def measurement(seed: int) -> torch.Tensor:
        rng = torch.Generator().manual_seed(seed)
        physics = inpainting(SIZE, box=BOX)
        return Problem.simulate(physics, target, noise=0.1, rng=rng).measurement

    assert torch.equal(measurement(1), measurement(1))
    assert not torch.equal(measurement(1), measurement(2))


def test_back_projection_fits_the_measurement(super_resolution, rng):
    grey = torch.zeros(1, *SIZE) + 0.1 * torch.rand(1, *SIZE, generator=rng)
    before, after = (super_resolution.l2(x) for x in (grey, super_resolution.back_project(grey)))
    assert after.item() < 0.01 * before.item()


def test_with_noise_back_projection_leaves_the_noise(target, rng):
    noisy = Problem.simulate(inpainting(SIZE, box=BOX), target, noise=0.1, rng=rng)
    far = 0.5 * torch.rand(3, *SIZE, generator=rng)
    near = target.expand(3, -1, -1, -1)
    found = noisy.l2(noisy.back_project(far))
    assert found.tolist() == pytest.approx([0.01] * 3, rel=0.06)
    quiet = noisy.l2(near) < 0.01
    assert torch.equal(noisy.back_project(near)[quiet], near[quiet])


def test_back_projection_stays_in_range_and_still_fits(super_resolution, rng):
    images = 3 * torch.randn(4, *SIZE, generator=rng).clamp(-0.33, 0.33)
    found = super_resolution.back_project(images)
    assert found.abs().max() <= 1
    assert super_resolution.l2(found).max() < 2e-6


def test_off_by_is_a_quantile_of_the_errors_of_what_is_measured(mouth, rng):
    images = torch.rand(2, *SIZE, generator=rng) * 2 - 1
    errors = (images + 1) / 2 - mouth.measurement
    expected = errors[:, mouth.measured[0]].abs().quantile(0.9, dim=1, interpolation="higher")
    torch.testing.assert_close(mouth.off_by(images), expected, rtol=1e-3, atol=1e-4)


def test_another_threshold_changes_nothing_else(target, rng):
    noisy = Problem.simulate(inpainting(SIZE, box=BOX), target, noise=0.1, rng=rng)
    strict = noisy.with_threshold(1e-3)
    assert strict.threshold == pytest.approx(0.011)
    assert noisy.threshold == pytest.approx(0.02)
    assert strict.measurement is noisy.measurement
    with pytest.raises(InputError, match="threshold is 0: expected a positive"):
        noisy.with_threshold(0)


def test_an_image_of_0_to_255_is_refused_and_of_0_to_1_warned_of(target):
    unit = (target + 1) / 2
    with pytest.raises(InputError, match=r"values from .* to \d{3}: expected -1 \(black\) to 1"):
        Problem.simulate(inpainting(SIZE, box=BOX), 255 * unit)
    with pytest.raises(InputError, match="not finite"):
        Problem.simulate(inpainting(SIZE, box=BOX), torch.full((1, *SIZE), float("nan")))
    with pytest.warns(UserWarning, match="nothing darker than mid-grey"):
        Problem.simulate(inpainting(SIZE, box=BOX), unit)


def test_an_operator_for_another_size_is_refused_by_its_size(target):
    with pytest.raises(InputError, match="made for images of 3×32×32: expected 3×64×64"):
        Problem.simulate(inpainting((3, 32, 32), box=BOX), target)


def test_the_picture_of_a_masked_measurement_is_grey_where_hidden(mouth, target):
    picture = shown_measurement(mouth)
    assert (picture[45, 30] == 128).all()
    assert picture.shape == (64, 64, 3)


def test_pixels_that_were_measured_are_those_that_a_mask_keeps(mouth):
    seen = torch.ones(64, 64, dtype=torch.bool)
    seen[38:61, 16:48] = False
    assert torch.equal(mouth.measured_pixels(), seen)


@pytest.mark.parametrize(
    "physics",
    [
        Downsampling(SMALL, factor=2, filter="bicubic"),
        Decolorize(),
        FourierSubsampling(SMALL),
        LinearFunction(lambda x: x.flip(-1), SMALL),
    ],
    ids=["smaller", "of fewer colours", "of frequencies", "that moves pixels"],
)
def test_what_is_no_mask_has_no_pixels_that_were_measured(physics):
    assert Problem.simulate(physics, torch.rand(1, *SMALL)).measured_pixels() is None


def test_back_projection_changes_what_was_measured_and_nothing_else(mouth, target, rng):
    image = torch.rand(1, *SIZE, generator=rng) * 2 - 1
    seen = mouth.measured.expand(1, *SIZE)
    expected = torch.where(seen, target, image)
    torch.testing.assert_close(mouth.back_project(image), expected, atol=1e-5, rtol=0)


def test_an_image_is_feasible_up_to_the_threshold_and_not_beyond(super_resolution):
    l2 = torch.tensor([0.0, super_resolution.threshold, 1.01 * super_resolution.threshold])
    assert super_resolution.feasible(l2).tolist() == [True, True, False]


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_a_threshold_that_is_no_positive_number_is_refused(target, value):
    with pytest.raises(InputError, match=f"threshold is {value}: expected a positive"):
        Problem.simulate(inpainting(SIZE, box=BOX), target, threshold=value)


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_noise_that_is_no_deviation_is_refused(target, value):
    with pytest.raises(InputError, match=f"noise is {value}: expected a standard deviation"):
        Problem.simulate(inpainting(SIZE, box=BOX), target, noise=value)


@pytest.fixture(scope="module")
def image() -> torch.Tensor:
    return torch.rand(1, *SMALL, generator=torch.Generator().manual_seed(5)) * 2 - 1


def function(A, A_adjoint=None) -> LinearFunction:
    return LinearFunction(A, SMALL, A_adjoint)


OPERATORS = {
    "downsampling": lambda: Downsampling(SMALL, factor=4, filter="bicubic", padding="reflect"),
    "inpainting": lambda: inpainting(SMALL, box=BOX),
    "fourier": lambda: FourierSubsampling(SMALL, acceleration=4),
    "stacked": lambda: StackedLinearPhysics(
        [Downsampling(SMALL, factor=4, filter="bicubic"), Decolorize(), FourierSubsampling(SMALL)]
    ),
    "vectors": lambda: CompressedSensing(m=40, img_size=SMALL, channelwise=True),
    "tomography": lambda: Tomography(angles=12, img_width=16),
    "single pixel": lambda: SinglePixelCamera(m=32, img_size=SMALL),
    "function": lambda: function(lambda x: x.roll(2, 3)[..., ::4]),
    "complex function": lambda: function(fft.rfft2),
    "numpy's": lambda: function(lambda x: np.roll(x, 2, 3), lambda y: np.roll(y, -2, 3)),
}


@pytest.fixture(scope="module", params=OPERATORS)
def measured(request, image) -> Problem:
    """A measurement of the image by each operator in turn."""
    return Problem.simulate(OPERATORS[request.param](), image)


@pytest.fixture(scope="module")
def matrix(measured) -> torch.Tensor:
    """The Jacobian of the residual, a column a pixel."""
    columns = torch.eye(SMALL[0] * SMALL[1] * SMALL[2]).view(-1, *SMALL)
    return torch.cat([measured.push_forward(part) for part in columns.split(64)]).T


def test_any_operator_makes_a_problem(measured, matrix, image, rng):
    assert measured.l2(image).item() < 1e-10
    other = torch.rand(2, *SMALL, generator=rng) * 2 - 1
    expected = (matrix @ (other - image).flatten(1).T).square().sum(0)
    torch.testing.assert_close(measured.l2(other), expected, rtol=1e-3, atol=1e-6)


def test_what_is_pushed_forward_is_pulled_back_by_the_transpose(measured, matrix, rng):
    vectors = torch.randn(2, len(matrix), generator=rng)
    pulled = measured.pull_back(vectors).flatten(1)
    torch.testing.assert_close(pulled, vectors @ matrix, rtol=1e-3, atol=1e-4)


def test_the_gradient_of_l2_is_that_of_the_matrix(measured, matrix, image, rng):
    other = (torch.rand(1, *SMALL, generator=rng) * 2 - 1).requires_grad_()
    measured.l2(other).sum().backward()
    expected = 2 * (other - image).detach().flatten(1) @ matrix.T @ matrix
    torch.testing.assert_close(other.grad.flatten(1), expected, rtol=1e-3, atol=1e-4)


def test_noise_is_what_the_true_image_leaves(measured, image, rng):
    draws = [
        Problem.simulate(measured.physics, image, noise=0.2, rng=rng).l2(image).item()
        for _ in range(20)
    ]
    assert np.mean(draws) == pytest.approx(0.04, rel=0.1)


def test_y_can_be_seen(measured):
    picture = shown_measurement(measured)
    assert picture.dtype == np.uint8
    assert picture.shape[2] == 3
    assert picture.std() > 10
    if not is_picture(measured.measurement, 3):
        assert picture.shape == (16, 16, 3)


def test_a_grey_image_is_shown_as_it_is(image):
    picture = shown_measurement(Problem.simulate(Decolorize(), image))
    luma = Decolorize().A((image + 1) / 2)[0, 0] * 255
    for channel in range(3):
        np.testing.assert_allclose(picture[..., channel], luma, atol=0.51)


def test_simulating_does_not_change_the_operator(image):
    physics = Decolorize()
    Problem.simulate(physics, image, noise=0.5, rng=torch.Generator())
    assert Problem.simulate(physics, image).l2(image).item() == 0


def test_a_measurement_of_another_shape_is_refused():
    with pytest.raises(InputError, match=r"shape \[1, 3, 4, 4\]: expected \[1, 3, 2, 2\]"):
        Problem(Downsampling(SMALL, factor=8, filter="bicubic"), torch.zeros(1, 3, 4, 4), SMALL)
