"""What is no linear operator is found out before anything long is computed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from deepinv.physics import Denoising, LinearPhysics
from torch import fft

from eglass.errors import InputError
from eglass.problems import LinearFunction, Problem

SIZE = (3, 16, 16)


def complaint(physics) -> str:
    with pytest.raises(InputError) as error:
        Problem.simulate(physics, torch.zeros(1, *SIZE))
    assert "\n" not in str(error.value)
    return str(error.value)


def function(A, A_adjoint=None) -> LinearFunction:
    return LinearFunction(A, SIZE, A_adjoint)


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
