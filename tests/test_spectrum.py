"""The top of the spectrum of a matrix that is known only by its products."""

from __future__ import annotations

import pytest
import torch

from eglass.geometry.spectrum import top_of_spectrum
from tests import naive


def _falling(dim: int) -> torch.Tensor:
    rng = torch.Generator().manual_seed(1)
    Q, _ = torch.linalg.qr(torch.randn(dim, dim, generator=rng, dtype=torch.double))
    return Q * (0.9 ** torch.arange(dim)) @ Q.T


def test_the_top_takes_far_fewer_products_than_directions(rng):
    H = _falling(400)
    found = top_of_spectrum(lambda X: X @ H, 400, 20, rng=rng)
    assert found.products < 100
    values, vectors = torch.linalg.eigh(H)
    assert naive.largest_angle(found.vectors, vectors[:, -20:]) < 1e-2
    torch.testing.assert_close(found.values, values.flip(0)[:20], rtol=1e-4, atol=0)
    assert found.trace == pytest.approx(H.trace().item(), rel=1e-2)


def test_the_top_of_everything_is_everything(rng):
    H = _falling(30)
    found = top_of_spectrum(lambda X: X @ H, 30, 30, rng=rng)
    assert found.products == 30
    assert found.trace == pytest.approx(H.trace().item(), rel=1e-5)
    torch.testing.assert_close(found.vectors * found.values @ found.vectors.T, H, atol=1e-5, rtol=0)


def test_a_metric_of_few_dimensions_is_no_trouble(rng):
    H = _falling(50)
    _, vectors = torch.linalg.eigh(H)
    H = vectors[:, -3:] @ vectors[:, -3:].T
    found = top_of_spectrum(lambda X: X @ H, 50, 10, rng=rng)
    torch.testing.assert_close(
        found.values, torch.tensor([1.0] * 3 + [0.0] * 7).double(), atol=1e-5, rtol=0
    )
    torch.testing.assert_close(
        found.vectors.T @ found.vectors, torch.eye(10).double(), atol=1e-8, rtol=0
    )
