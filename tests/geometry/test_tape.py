"""What is recorded of one tangent is the derivative of any other."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.func import jvp, vmap
from torch.nn import functional as F

from eglass.geometry.affine import AffineMaps
from eglass.geometry.memory import PeakBytes
from eglass.geometry.tape import Recorded, Tape
from tests.geometry import test_affine

W = torch.randn(4, 5, generator=torch.Generator().manual_seed(0))


def filled(x: Tensor) -> Tensor:
    """Write into what was empty, and into parts of it."""
    y = torch.zeros(4, 3)
    y[1:, 1:] = x[:3, :2] ** 2
    y[0] += x.flatten()[:3]
    return y


def changed_in_place(x: Tensor) -> Tensor:
    """Change what the derivative of another term needs, in itself and through a view."""
    y = x.exp()
    squared = y.square()
    product = y * squared
    y.mul_(2).relu_()
    squared[0].zero_()
    y[1].add_(x[0])
    return torch.cat([y, squared, product])


FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "written into": filled,
    "changed in place": changed_in_place,
    "a matrix before it": lambda x: (W.T @ x).reshape(-1),
    "a matrix after it": lambda x: (x @ W[:3]).T.reshape(-1),
    "a sum of products": lambda x: torch.einsum("ij,ik->kj", x, W).reshape(-1),
    "several results": lambda x: torch.stack(x.unbind(1)).cumsum(0),
    "the largest": lambda x: torch.cat([x.amax(0), x.sort(0).values[1], x.flatten()[:2]]),
    "frequencies": lambda x: torch.fft.ifft2(torch.fft.fft2(x) * W[:, :3]).real,
    "attention": lambda x: (x @ x.T).softmax(1) @ x,
    "normalised": lambda x: F.group_norm(x[None], 2) + F.layer_norm(x, (3,)),
    "interpolated": lambda x: F.interpolate(x[None, None], scale_factor=2, mode="bilinear"),
    "padded and pooled": lambda x: F.max_pool2d(F.pad(x[None], (1, 1, 1, 1), mode="reflect"), 2),
    "sampled": lambda x: F.grid_sample(x[None, None], W[:, :4].reshape(1, 2, 4, 2) / 3),
    "beside a constant": lambda x: torch.cat([x, torch.ones(2, 3)]),
    "singular values": torch.linalg.svdvals,
    "a number": torch.norm,
}


def record(function: Callable[[Tensor], Tensor], x: Tensor, tangent: Tensor) -> Recorded:
    with Tape(tangent) as tape:
        return tape.up_to(jvp(function, (x,), (tangent,))[1])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_other_tangents_are_moved_as_by_forward_mode(rng, name):
    x, first = (torch.randn(4, 3, generator=rng) for _ in range(2))
    others = torch.randn(5, 4, 3, generator=rng)
    recorded = record(FUNCTIONS[name], x, first)
    expected = vmap(lambda along: jvp(FUNCTIONS[name], (x,), (along,))[1])(others)
    torch.testing.assert_close(vmap(recorded)(others), expected)
    # Nothing of what is kept has been changed by that.
    torch.testing.assert_close(vmap(recorded)(others), expected)


@pytest.mark.parametrize("name", test_affine.FUNCTIONS)
def test_what_is_affine_is_recorded_as_such(rng, name):
    x, first = (torch.randn(1, 3, 4, 4, generator=rng) for _ in range(2))
    others = torch.randn(5, 1, 3, 4, 4, generator=rng)
    function = test_affine.FUNCTIONS[name]
    with AffineMaps():
        recorded = record(function, x, first)
    expected = vmap(lambda along: jvp(function, (x,), (along,))[1])(others)
    torch.testing.assert_close(vmap(recorded)(others), expected)


def test_what_the_result_does_not_depend_on_is_left_out(rng):
    x, tangent = (torch.randn(4, 3, generator=rng) for _ in range(2))

    def wasteful(x):
        2 * x.cos()
        return x.sin()

    assert len(record(wasteful, x, tangent).kept) == len(record(torch.sin, x, tangent).kept) == 1


def test_only_what_its_operations_take_stays_in_memory(rng):
    x, tangent = (torch.randn(100, 100, generator=rng) for _ in range(2))
    with PeakBytes() as used:
        recorded = record(lambda x: 3 * x.sin().flip(0).T[:50], x, tangent)
        gc.collect()
    assert [kept.shape for kept in recorded.kept] == [x.shape]
    assert used.live == x.nbytes
    with PeakBytes() as used:
        vmap(recorded)(tangent[None])
    # One tangent takes the place of the other.
    assert used.peak == 2 * x.nbytes


def test_what_depends_on_no_tangent_is_none(rng):
    x, tangent = (torch.randn(4, 3, generator=rng) for _ in range(2))
    with pytest.raises(NotImplementedError, match="nothing was recorded"):
        record(lambda x: torch.ones(3), x, tangent)


def test_a_number_made_of_a_tangent_cannot_be_repeated(rng):
    tangent = torch.randn(3, generator=rng)
    with pytest.raises(NotImplementedError, match="a number of a tangent"), Tape(tangent):
        tangent * tangent.sum().item()


def test_a_tangent_that_shares_its_memory_cannot_be_followed(rng):
    x, tangent = torch.randn(2, 4, 3, generator=rng)
    with pytest.raises(NotImplementedError, match="a view of a tangent"):
        record(torch.sin, x, tangent)


def test_a_tangent_is_not_written_into_what_is_none(rng):
    constant, tangent = torch.zeros(3), torch.randn(3, generator=rng)
    with pytest.raises(NotImplementedError, match="written into"), Tape(tangent):
        constant.copy_(tangent)
