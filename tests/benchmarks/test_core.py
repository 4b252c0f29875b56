"""Timing in turn, ratios within a round, and the files that keep them."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import torch

from experiments.benchmarks.core import Result, interleaved, peak_bytes, ratios, spread
from eglass.errors import InputError

CPU = torch.device("cpu")


def test_contenders_take_turns():
    turns: list[str] = []
    table = interleaved({name: lambda name=name: turns.append(name) for name in "ab"}, 3, CPU)
    assert turns == ["a", "b"] * 3
    assert table["contender"].tolist() == turns
    assert table["repetition"].tolist() == [0, 0, 1, 1, 2, 2]
    assert (table["seconds"] >= 0).all()


def test_ratios_are_taken_within_a_round():
    runs = pd.DataFrame(
        {
            "case": "x",
            "contender": ["slow", "fast"] * 3,
            "repetition": [0, 0, 1, 1, 2, 2],
            "seconds": [10.0, 1.0, 20.0, 2.0, 33.0, 3.0],
        }
    )
    pairs = [("slow", "fast"), ("slow", "absent")]
    (row,) = ratios(runs, pairs, by=["case"], paired=["repetition"]).to_dict("records")
    assert (row["over"], row["under"], row["runs"]) == ("slow", "fast", 3)
    assert (row["min"], row["median"], row["max"]) == (10, 10, 11)
    assert spread(runs, ["contender"])["median"].tolist() == [20, 2]


def test_peak_bytes_counts_what_lives_at_once():
    peak, found = peak_bytes(lambda: (torch.zeros(1000) + 1).sum(), CPU)
    assert found == 1000
    assert 8000 <= peak < 8100


def test_a_result_is_json_that_reads_back(tmp_path):
    table = pd.DataFrame({"contender": ["a", "b"], "seconds": [0.5, float("nan")]})
    Result({"benchmark": "x", "config": {}}, {"runs": table}).write(tmp_path)
    text = (tmp_path / "x.json").read_text()
    assert "NaN" not in text
    assert json.loads(text)["tables"]["runs"][1] == {"contender": "b", "seconds": None}
    pd.testing.assert_frame_equal(Result.read(tmp_path, "x").tables["runs"], table)


def test_a_benchmark_that_was_not_run_is_named(tmp_path):
    with pytest.raises(InputError, match="make bench"):
        Result.read(tmp_path, "x")
