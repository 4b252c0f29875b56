"""Ratios within a round, the files that keep them, and what is drawn from those alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from eglass.errors import InputError
from experiments.benchmarks.results import Result, ratios, spread
from experiments.benchmarks.summary import readme_table, summary, written

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "experiments" / "benchmarks" / "results" / "cpu"


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


def test_a_result_is_json_that_reads_back(tmp_path):
    table = pd.DataFrame({"contender": ["a", "b"], "seconds": [0.5, float("nan")]})
    Result({"benchmark": "x", "config": {}}, {"runs": table}).write(tmp_path)
    text = (tmp_path / "x.json").read_text()
    assert "NaN" not in text
    assert json.loads(text)["tables"]["runs"][1] == {"contender": "b", "seconds": None}
    pd.testing.assert_frame_equal(Result.read(tmp_path, "x").tables["runs"], table)


def test_a_benchmark_that_was_not_run_is_named(tmp_path):
    for read in (lambda: Result.read(tmp_path, "x"), lambda: written(tmp_path)):
        with pytest.raises(InputError, match="eglass bench"):
            read()


def test_the_committed_files_are_read_and_the_readmes_table_is_made_of_them():
    results = {name: Result.read(COMMITTED, name) for name in written(COMMITTED)}
    page = summary(results)
    assert page.count("\n## ") == len(results) == 5
    assert readme_table(results) in page
    assert readme_table(results) in (ROOT / "docs" / "speed.md").read_text()


def test_neither_the_command_nor_drawing_imports_torch():
    code = (
        "import sys, experiments.benchmarks.__main__, experiments.benchmarks.drawing;"
        "assert not {'torch', 'deepinv'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
