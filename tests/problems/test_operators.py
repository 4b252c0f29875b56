"""Operators beside deepinv's, and the check that finds out what is none."""

from __future__ import annotations

import deepinv
import numpy as np
import pytest
import torch
from deepinv.physics import (
    CompressedSensing,
    Decolorize,
    Denoising,
    LinearPhysics,
    SinglePixelCamera,
    StackedLinearPhysics,
    Tomography,
)
from torch import fft

from eglass.errors import InputError
from eglass.geometry.memory import PeakBytes
from eglass.problems.operators import Downsampling, FourierSubsampling, LinearFunction
from eglass.problems import Problem, is_picture, shown_measurement

SIZE = (3, 16, 16)


@pytest.fixture
def image(rng) -> torch.Tensor:
    return torch.rand(1, *SIZE, generator=rng) * 2 - 1


def complaint(physics) -> str:
    with pytest.raises(InputError) as error:
        Problem.simulate(physics, torch.zeros(1, *SIZE))
    assert "\n" not in str(error.value)
    return str(error.value)


def function(A, A_adjoint=None) -> LinearFunction:
    return LinearFunction(A, SIZE, A_adjoint)


OPERATORS = {
    "downsampling": lambda: Downsampling(SIZE, factor=4, filter="bicubic", padding="reflect"),
    "fourier": lambda: FourierSubsampling(SIZE, acceleration=4),
    "stacked": lambda: StackedLinearPhysics(
        [Downsampling(SIZE, factor=4, filter="bicubic"), Decolorize(), FourierSubsampling(SIZE)]
    ),
    "vectors": lambda: CompressedSensing(m=40, img_size=SIZE, channelwise=True),
    "tomography": lambda: Tomography(angles=12, img_width=16),
    "single pixel": lambda: SinglePixelCamera(m=32, img_size=SIZE),
    "function": lambda: function(lambda x: x.roll(2, 3)[..., ::4]),
    "complex function": lambda: function(fft.rfft2),
    "numpy's": lambda: function(lambda x: np.roll(x, 2, 3), lambda y: np.roll(y, -2, 3)),
}


RAMP = torch.arange(15.0).view(1, 1, 3, 5)


@pytest.mark.parametrize("filter", ["bicubic", "gaussian", None, RAMP])
@pytest.mark.parametrize("padding", ["reflect", "circular", "replicate", "zeros", "valid"])
def test_downsampling_is_deepinvs(image, filter, padding):
    ours, theirs = (
        kind(SIZE, filter, factor=2, padding=padding)
        for kind in (Downsampling, deepinv.physics.Downsampling)
    )
    with PeakBytes() as cost:
        found = ours.A(image)
    with PeakBytes() as whole:
        expected = theirs.A(image)
    torch.testing.assert_close(found, expected)
    assert filter is None or cost.total < whole.total


def test_downsampling_takes_another_filter_on_the_way(image):
    physics = Downsampling(SIZE, "bicubic", factor=2, padding="reflect")
    expected = deepinv.physics.Downsampling(SIZE, "gaussian", factor=4, padding="reflect").A(image)
    torch.testing.assert_close(physics.A(image, filter="gaussian", factor=4), expected)
    torch.testing.assert_close(physics.A(image), expected)


@pytest.fixture(params=OPERATORS)
def operator(request) -> LinearPhysics:
    return OPERATORS[request.param]()


def matrix(problem: Problem) -> torch.Tensor:
    """The Jacobian of the residual, a column a pixel."""
    columns = torch.eye(SIZE[0] * SIZE[1] * SIZE[2]).view(-1, *SIZE)
    return torch.cat([problem.push_forward(part) for part in columns.split(64)]).T


def test_any_operator_makes_a_problem(operator, image, rng):
    problem = Problem.simulate(operator, image)
    assert problem.l2(image).item() < 1e-10
    other = torch.rand(2, *SIZE, generator=rng) * 2 - 1
    A = matrix(problem)
    expected = (A @ (other - image).flatten(1).T).square().sum(0)
    torch.testing.assert_close(problem.l2(other), expected, rtol=1e-3, atol=1e-6)


def test_what_is_pushed_forward_is_pulled_back_by_the_transpose(operator, image, rng):
    problem = Problem.simulate(operator, image)
    A = matrix(problem)
    vectors = torch.randn(2, len(A), generator=rng)
    pulled = problem.pull_back(vectors).flatten(1)
    torch.testing.assert_close(pulled, vectors @ A, rtol=1e-3, atol=1e-4)


def test_the_gradient_of_l2_is_that_of_the_matrix(operator, image, rng):
    problem = Problem.simulate(operator, image)
    other = (torch.rand(1, *SIZE, generator=rng) * 2 - 1).requires_grad_()
    problem.l2(other).sum().backward()
    A = matrix(problem)
    expected = 2 * (other - image).detach().flatten(1) @ A.T @ A
    torch.testing.assert_close(other.grad.flatten(1), expected, rtol=1e-3, atol=1e-4)


def test_noise_is_what_the_true_image_leaves(operator, rng):
    image = torch.zeros(1, *SIZE)
    draws = [
        Problem.simulate(operator, image, noise=0.2, rng=rng).l2(image).item() for _ in range(40)
    ]
    assert np.mean(draws) == pytest.approx(0.04, rel=0.1)


def test_y_can_be_seen(operator, image):
    problem = Problem.simulate(operator, image)
    picture = shown_measurement(problem)
    assert picture.dtype == np.uint8
    assert picture.shape[2] == 3
    assert picture.std() > 10
    if not is_picture(problem.measurement):
        assert picture.shape == (16, 16, 3)


def test_a_grey_image_is_shown_as_it_is(image):
    picture = shown_measurement(Problem.simulate(Decolorize(), image))
    luma = Decolorize().A((image + 1) / 2)[0, 0] * 255
    for channel in range(3):
        np.testing.assert_allclose(picture[..., channel], luma, atol=0.51)


def test_fourier_subsampling_measures_the_lines_that_it_says(image):
    physics = FourierSubsampling(SIZE, acceleration=4, center_fraction=0.125)
    assert physics.A(image).shape == (1, 3, 16, 4)
    assert 0 in physics.lines
    whole = fft.fft2(image, norm="ortho")
    torch.testing.assert_close(physics.A(image), whole[..., physics.lines])


def test_all_of_the_fourier_transform_is_the_image_again(image):
    physics = FourierSubsampling(SIZE, acceleration=1)
    torch.testing.assert_close(physics.A_adjoint(physics.A(image)), image)


def test_a_seed_is_a_choice_of_lines():
    lines = [FourierSubsampling((3, 8, 64), seed=seed).lines.tolist() for seed in (0, 0, 1)]
    assert lines[0] == lines[1] != lines[2]


def test_fourier_lines_must_leave_room_for_the_centre():
    with pytest.raises(InputError, match="center_fraction"):
        FourierSubsampling(SIZE, acceleration=8, center_fraction=0.5)


def test_simulating_does_not_change_the_operator(image):
    physics = Decolorize()
    Problem.simulate(physics, image, noise=0.5, rng=torch.Generator())
    assert Problem.simulate(physics, image).l2(image).item() == 0


@pytest.mark.parametrize(
    ("A", "words"),
    [
        (lambda x: x.clamp(0, 1), "is not linear"),
        (lambda x: x.square(), "is not linear"),
        (lambda x: x + 0.01, "is not linear"),
        (lambda x: (x * 255).round() / 255, "is not linear"),
        (lambda x: x * (torch.rand_like(x) > 0.5), "differently the second time"),
        (lambda x: x - x.mean(0), "differently alone and in a batch"),
        (lambda x: x.mean(0), "shape [3, 16, 16] of 1 images"),
        (lambda x: x.sum(), "shape [] of 1 images"),
        (lambda x: x / 0, "not finite"),
        (lambda x: 0 * x, "measures nothing"),
        (lambda x: x @ torch.ones(3, 3), "fails to compute A x of size 3×16×16: RuntimeError"),
        (lambda x: np.roll(x, 3, 3), "returns a ndarray"),
    ],
)
def test_a_function_that_is_no_operator_is_found_out(A, words):
    assert words in complaint(function(A))


@pytest.mark.parametrize(
    "A_adjoint", [lambda y: y.roll(2, 3), lambda y: 1.01 * y.roll(-2, 3), lambda y: y.abs()]
)
def test_a_wrong_adjoint_is_found_out(A_adjoint):
    assert "wrong adjoint" in complaint(function(lambda x: x.roll(2, 3), A_adjoint))


def test_an_adjoint_that_returns_no_images_is_found_out():
    physics = LinearPhysics(A=fft.fft2, A_adjoint=fft.ifft2)
    assert "does not return real images" in complaint(physics)


def test_what_autograd_cannot_follow_is_found_out():
    numpys = LinearPhysics(
        A=lambda x: torch.from_numpy(np.roll(x.detach(), 2, 3)),
        A_adjoint=lambda y: torch.from_numpy(np.roll(y.detach(), -2, 3)),
    )
    assert "LinearFunction" in complaint(numpys)


def test_what_is_no_physics_is_found_out():
    assert "expected a LinearPhysics" in complaint(torch.nn.Identity())


def test_noise_of_the_operators_own_is_refused():
    assert "GaussianNoise of its own" in complaint(Denoising())


def test_a_measurement_of_another_shape_is_refused():
    with pytest.raises(InputError, match=r"shape \[1, 3, 4, 4\]: expected \[1, 3, 2, 2\]"):
        Problem(Downsampling(SIZE, factor=8, filter="bicubic"), torch.zeros(1, 3, 4, 4), SIZE)
