"""Chunks that shrink when memory runs out, and the measure that they are planned by."""

from __future__ import annotations

import pytest
import torch

from eglass.errors import InputError
from eglass.geometry import memory


def test_peak_bytes_counts_what_lives_at_once():
    x = torch.zeros(1000)
    with memory.PeakBytes() as used:
        y = x + 1
        del y
        y = (x + 2).view(10, 100)
        z = y[:3] * 2
    assert used.peak == 4000 + 1200
    del y, z
    assert used.live == 0


def test_what_does_not_lie_in_memory_entry_by_entry_is_passed_over():
    x = torch.eye(10)
    with memory.PeakBytes() as used:
        y = torch.mm(x.to_sparse(), x)
    assert used.live == y.nbytes


def test_chunks_shrink_for_good_and_keep_what_was_computed():
    seen: list[int] = []

    def function(rows):
        seen.append(len(rows))
        if len(rows) > 3 or len(seen) == 4:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return rows * 2

    chunks = memory.Chunks(8)
    rows = torch.arange(10.0)
    parts = [result for _, result in chunks.map(function, rows)]
    torch.testing.assert_close(torch.cat(parts), rows * 2)
    assert seen == [8, 4, 2, 2, *[1] * 8]


def test_a_direction_that_does_not_fit_alone_is_reported():
    def function(rows):
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(InputError, match="a single latent direction"):
        list(memory.Chunks(4).map(function, torch.zeros(4)))


def test_other_errors_pass_through():
    def function(rows):
        raise RuntimeError("shapes differ")

    with pytest.raises(RuntimeError, match="shapes differ"):
        list(memory.Chunks(4).map(function, torch.zeros(4)))


def test_the_largest_tensor_is_one_of_the_batch_and_none_of_the_weights():
    weight, image = torch.ones(500, 10), torch.ones(1, 10)
    with memory.PeakBytes() as used:
        _normed = weight / 2
        _seen = image @ _normed.T
    assert used.largest == 500 * 4
    assert used.peak >= 5000 * 4
