"""Explorers side by side: averages over targets, and their table."""

from __future__ import annotations

import numpy as np
import pytest

from eglass.evaluation.comparison import MEASURES, aggregate, markdown, worded
from tests.evaluation.compared import averaged, compared

METHODS = {"second": 2, "first": 1}


def test_every_measure_is_averaged_over_targets():
    found = averaged(METHODS)
    row = found.query("problem == 'inpainting' and method == 'second' and measure == 'pairwise'")
    assert row["mean"].item() == pytest.approx(3.5)
    assert row["low"].item() < 3.5 < row["high"].item()
    assert row["targets"].item() == 4
    assert len(found) == 2 * 2 * len(MEASURES)


def test_a_target_without_a_measure_does_not_count_for_it():
    table = compared(METHODS)
    table.loc[table["target"] == 3, "pairwise"] = np.nan
    found = aggregate(table, resamples=100, confidence=0.95, seed=0)
    row = found.query("problem == 'inpainting' and method == 'second'").set_index("measure")
    assert row.loc["pairwise", ["mean", "targets"]].tolist() == [3, 3]
    assert row.loc["distance", ["mean", "targets"]].tolist() == [3.5, 4]


def test_the_table_keeps_the_order_of_methods_and_explains_its_columns():
    wide = worded(averaged(METHODS), "LPIPS")
    assert wide["method"].tolist() == ["second", "first"] * 2
    assert wide["problem"].tolist() == ["super_resolution"] * 2 + ["inpainting"] * 2
    assert wide["pairwise LPIPS"][0].startswith("3.500 [")
    assert "forward passes" in markdown(averaged(METHODS), "LPIPS")
