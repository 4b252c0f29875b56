"""Explorers side by side: averages, tables, figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eglass.reporting.comparison_figures import (
    consensus_figure,
    contest_figure,
    diversity_figure,
    set_figure,
    strip_figure,
    tradeoff_figure,
)
from eglass.evaluation.claims import EDGE
from eglass.evaluation.comparison import MEASURES, aggregate, markdown, worded
from tests.synthetic_records import synthetic_record


@pytest.fixture
def table() -> pd.DataFrame:
    rows = [
        {"problem": problem, "threshold": 3e-3, "count": 10, "method": method, "target": target}
        | {measure: float(value + target) for measure in MEASURES}
        for problem in ("super_resolution", "inpainting")
        for method, value in (("second", 2), ("first", 1))
        for target in range(4)
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def found(table) -> pd.DataFrame:
    return aggregate(table, resamples=100, confidence=0.95, seed=0)


def test_every_measure_is_averaged_over_targets(found):
    row = found.query("problem == 'inpainting' and method == 'second' and measure == 'pairwise'")
    assert row["mean"].item() == pytest.approx(3.5)
    assert row["low"].item() < 3.5 < row["high"].item()
    assert row["targets"].item() == 4
    assert len(found) == 2 * 2 * len(MEASURES)


def test_the_table_keeps_the_order_of_methods_and_names_its_columns(found):
    wide = worded(found)
    assert wide["method"].tolist() == ["second", "first"] * 2
    assert wide["pairwise LPIPS"][0].startswith("3.500 [")
    assert "forward passes" in markdown(found)


def test_the_figure_has_a_panel_for_each_problem_and_a_point_for_each_method(found):
    figure = diversity_figure(found)
    panels = [axes for axes in figure.axes if axes.get_title(loc="left")]
    assert [len(axes.collections) for axes in panels] == [2, 2]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["second", "first"]


def test_the_trade_off_is_a_line_through_the_values_of_a_setting_in_their_order(found, table):
    numbers = table.assign(method=table["method"].map({"second": "16", "first": "2"}))
    traded = aggregate(numbers.iloc[::-1], resamples=100, confidence=0.95, seed=0)
    panel = tradeoff_figure(found, traded, "one, steps").axes[0]
    assert [text.get_text() for text in panel.texts] == ["2", "16"]
    line = next(line for line in panel.lines if line.get_marker() == ".")
    assert line.get_xdata().tolist() == [2.5, 3.5]


def test_the_shown_measurement_has_a_row_of_framed_images_for_each_explorer():
    record = synthetic_record()
    rng = np.random.default_rng(0)
    record.meta["names"] = {"one": "One", "two": "Two"}
    for key in record.meta["names"]:
        pixels = rng.integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
        record.arrays[f"{key}, 0.003, images"] = pixels
        record.arrays[f"{key}, 0.003, feasible"] = np.array([True, True, False, True])
        record.arrays[f"{key}, 0.003, mean"] = pixels[0]
        record.arrays[f"{key}, 0.003, spread"] = rng.random((16, 16))
    figure = contest_figure(record, 3e-3)
    # Four images, mean and spread of each, target and measurement.
    (page,) = figure.axes
    assert len(page.images) == len(page.patches) == 2 * (4 + 2) + 2
    colors = [frame.get_edgecolor() for frame in page.patches[:4]]
    assert colors[0] == colors[1] == colors[3] != colors[2]


def test_a_strip_shows_every_step_with_the_start_in_the_middle():
    record = synthetic_record()
    steps = [-4.0, -2.0, 2.0, 4.0, 6.0]
    record.meta["strip"] = "d8"
    record.tables["strip"] = pd.DataFrame(
        {"direction": "d8", "step": steps, "l2": 1e-2, "lpips": 0.1, "feasible": True}
    )
    record.arrays["strip_images"] = np.zeros((5, 16, 16, 3), np.uint8)
    figure = strip_figure(record)
    curves = next(axes for axes in figure.axes if axes.get_yscale() == "log")
    assert [label.get_text() for label in curves.get_xticklabels()] == [
        "-4", "-2", "0", "+2", "+4", "+6",
    ]  # fmt: skip
    assert curves.lines[0].get_ydata()[2] == record.meta["inversion"]["l2"]


def test_agreement_and_solutions_can_be_drawn():
    record = synthetic_record()
    record.arrays |= {"mean": record.arrays["initial"], "spread": np.eye(16)}
    assert len(consensus_figure(record).axes[0].images) == 4
    count = (record.tables["solutions"]["method"] == EDGE).sum()
    assert len(set_figure(record, EDGE).axes[0].images) == 3 + count
