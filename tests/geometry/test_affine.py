"""Forward mode without tangents of weights is forward mode, with less work."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.func import jvp
from torch.nn import functional as F

from eglass.geometry.affine import AffineMaps
from eglass.geometry.memory import PeakBytes

W = torch.randn(3, 3, 2, 2, generator=torch.Generator().manual_seed(0))
B = torch.tensor([1.0, 2.0, 3.0])
FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "a convolution": lambda x: F.conv2d(x, W, B, 2, padding=1),
    "its bias by name": lambda x: F.conv2d(x, W, stride=2, bias=B),
    "all by name": lambda x: F.conv2d(input=x, weight=W, bias=B),
    "weights that vary": lambda x: F.conv2d(x, W * x.mean(), B * x.sum()),
    "weights alone that vary": lambda x: F.conv2d(torch.ones_like(x), W * x.mean(), B),
    "a transposed convolution": lambda x: F.conv_transpose2d(x, W, B, stride=2),
    "a dense layer": lambda x: F.linear(x, W[0, 0, 0, :1].expand(5, 4), torch.arange(5.0)),
    "a module": torch.nn.Conv2d(3, 2, 1).requires_grad_(False),
    "a batch norm": lambda x: F.batch_norm(x, B, B + 1, -B, B),
    "a batch norm by name": lambda x: F.batch_norm(
        input=x, running_mean=B, running_var=B + 1, weight=B, bias=None, training=False
    ),
    "a batch norm without weights": lambda x: F.batch_norm(x, B, B + 1, eps=0.1),
    "a batch norm of the batch's statistics": lambda x: F.batch_norm(x, None, None, B, B, True),
    "a batch norm whose weights vary": lambda x: F.batch_norm(x, B, B + 1, B * x.mean(), B),
    "a module in evaluation": torch.nn.BatchNorm2d(3).eval().requires_grad_(False),
    "factors": lambda x: 3 * x * B[:, None, None] / 7 / B[:, None, None],
    "terms": lambda x: (x + B[:, None, None] - 2 + torch.ones(2, 3, 4, 4).double()).float(),
    "terms that vary": lambda x: x + x.mean() - x.square() + 1,
    "factors that vary": lambda x: x * x.mean() / x.square().sum() * x,
    "a quotient rounded down": lambda x: torch.div(x, 0.1, rounding_mode="floor") + x,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_are_pytorchs(rng, name):
    x, t = torch.randn(2, 1, 3, 4, 4, generator=rng)
    value, expected = jvp(FUNCTIONS[name], (x,), (t,))
    with AffineMaps():
        found = jvp(FUNCTIONS[name], (x,), (t,))
    torch.testing.assert_close(found, (value, expected))


@pytest.mark.parametrize("name", ["a convolution", "a module", "a batch norm", "factors", "terms"])
def test_weights_have_no_tangents_made(rng, name):
    x, t = torch.randn(2, 1, 3, 4, 4, generator=rng)
    with PeakBytes() as plain:
        jvp(FUNCTIONS[name], (x,), (t,))
    with PeakBytes() as spared, AffineMaps():
        jvp(FUNCTIONS[name], (x,), (t,))
    assert spared.total < plain.total
