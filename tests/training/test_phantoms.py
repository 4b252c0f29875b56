"""Phantoms are ellipses in a shell, smooth at their edges, and random as they should be."""

from __future__ import annotations

import pytest
import torch

from eglass.training import phantoms


def drawn(count: int, seed: int = 0, size: int = 64) -> torch.Tensor:
    return phantoms(count, torch.Generator().manual_seed(seed), size)


def test_a_seed_is_a_set_of_phantoms():
    assert torch.equal(drawn(5), drawn(5))
    assert not torch.equal(drawn(5), drawn(5, seed=1))


def test_a_pixel_is_the_mean_of_what_it_covers():
    """Edges are smooth as a detector's are: the same phantoms, drawn finely, have these means."""
    large = drawn(4, size=512)
    fine, hard = torch.nn.functional.avg_pool2d(large, 8), large[:, :, 4::8, 4::8]
    missed = (drawn(4) - fine).square().mean().sqrt()
    assert missed < 0.02
    assert missed < 0.3 * (hard - fine).square().mean().sqrt()


def test_they_lie_in_a_dark_frame_within_the_range():
    images = drawn(600)
    assert images.shape == (600, 1, 64, 64)
    assert images.min() == -1
    assert images.max() == 1
    corners = images[:, 0, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners == -1).all()


def test_no_two_look_the_same_and_all_have_an_inside():
    images = drawn(300)
    middle = images[:, 0, 16:48, 20:44].flatten(1)
    assert (middle.mean(1) > -1).all()
    assert middle.std(1).min() > 0
    assert torch.pdist(images.flatten(1)).min() > 1


@pytest.mark.parametrize("count", [1, 255, 257])
def test_any_number_of_them(count):
    assert len(drawn(count, size=16)) == count
