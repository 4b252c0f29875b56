"""Timing in turn, and memory."""

from __future__ import annotations

import torch

from experiments.benchmarks.timing import interleaved, peak_bytes

CPU = torch.device("cpu")


def test_contenders_take_turns():
    turns: list[str] = []
    table = interleaved({name: lambda name=name: turns.append(name) for name in "ab"}, 3, CPU)
    assert turns == ["a", "b"] * 3
    assert table["contender"].tolist() == turns
    assert table["repetition"].tolist() == [0, 0, 1, 1, 2, 2]
    assert (table["seconds"] >= 0).all()


def test_peak_bytes_counts_what_lives_at_once():
    peak, found = peak_bytes(lambda: (torch.zeros(1000) + 1).sum(), CPU)
    assert found == 1000
    assert 8000 <= peak < 8100
