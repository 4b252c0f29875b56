"""LPIPS as the squared distance of a feature map."""

from __future__ import annotations

import pytest
import torch
from torch.func import jvp

from eglass.perceptual import LPIPS


@pytest.fixture
def pairs(rng) -> tuple[torch.Tensor, torch.Tensor]:
    return tuple(torch.rand(2, 3, 3, 64, 64, generator=rng) * 2 - 1)


@pytest.mark.parametrize("net", ["alex", "vgg"])
def test_it_is_the_packages_lpips(net, pairs):
    metric = LPIPS(net)
    expected = metric.model(*pairs).flatten()
    torch.testing.assert_close(metric(*pairs), expected, atol=1e-6, rtol=1e-6)


def test_its_gradient_is_the_packages(perceptual, pairs):
    first, second = pairs
    first = first.requires_grad_(True)
    (ours,) = torch.autograd.grad(perceptual(first, second).sum(), first)
    (theirs,) = torch.autograd.grad(perceptual.model(first, second).sum(), first)
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-4)


def test_one_image_against_many_broadcasts(perceptual, pairs):
    many, one = pairs[0], pairs[1][:1]
    expected = torch.cat([perceptual(image[None], one) for image in many])
    torch.testing.assert_close(perceptual(many, one), expected)


def test_the_trunk_is_trained(perceptual):
    # An untrained first layer would stay within 1/√363 ≈ 0.05.
    weight = perceptual.model.net.slice1[0].weight
    assert weight.abs().max() > 0.5


def test_it_has_a_derivative_where_activations_vanish(perceptual):
    black = torch.full((1, 3, 64, 64), -1.0)
    _, tangent = jvp(perceptual.features, (black,), (torch.ones_like(black),))
    assert tangent.isfinite().all()
    (gradient,) = torch.autograd.grad(
        perceptual(black.requires_grad_(True), torch.zeros_like(black)).sum(), black
    )
    assert gradient.isfinite().all()
