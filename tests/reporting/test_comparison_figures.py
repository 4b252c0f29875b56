"""Explorers compared, drawn: a point each, a line of a setting's values, a row of images each."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eglass.reporting.comparison_figures import (
    diversity_figure,
    explorers_figure,
    tradeoff_figure,
)
from eglass.reporting.pages import enlarged
from tests.evaluation.compared import averaged
from tests.synthetic_records import synthetic_record

METHODS = {"second": 2, "first": 1}


def test_there_is_a_panel_for_each_problem_and_a_point_for_each_method():
    figure = diversity_figure(averaged(METHODS), "LPIPS")
    panels = [axes for axes in figure.axes if axes.get_title(loc="left")]
    assert [axes.get_title(loc="left").split(",")[0] for axes in panels] == [
        "Super resolution",
        "Inpainting",
    ]
    for axes in panels:
        points = [collection.get_offsets().tolist() for collection in axes.collections]
        assert sorted(points) == [[[2.5, 2.5]], [[3.5, 3.5]]]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["second", "first"]


def test_the_trade_off_is_a_line_through_the_values_of_a_setting_in_their_order():
    traded = averaged({"2": 1, "16": 2, "4": 5})
    panel = tradeoff_figure(averaged(METHODS), traded, "one, steps", "LPIPS").axes[0]
    assert [text.get_text() for text in panel.texts] == ["2", "16", "4"]
    line = next(line for line in panel.lines if line.get_marker() == ".")
    assert line.get_xdata().tolist() == [2.5, 3.5, 6.5]


def test_realism_is_traded_at_the_smallest_number_of_solutions():
    found = averaged(METHODS)
    more = found.assign(count=100, mean=found["mean"] + 50)
    panel = tradeoff_figure(
        pd.concat([found, more]), averaged({"2": 1}), "one, steps", "LPIPS"
    ).axes[0]
    assert max(collection.get_offsets().max() for collection in panel.collections) < 50


def test_one_measurement_has_a_row_of_framed_images_for_each_explorer():
    record = synthetic_record()
    rng = np.random.default_rng(0)
    record.meta["methods"] = {"one": "One", "two": "Two"}
    for key in record.meta["methods"]:
        pixels = rng.integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
        record.arrays[f"{key}, 0.003, images"] = pixels
        record.arrays[f"{key}, 0.003, feasible"] = np.array([True, True, False, True])
        record.arrays[f"{key}, 0.003, mean"] = pixels[0]
        record.arrays[f"{key}, 0.003, spread"] = rng.random((16, 16))
    figure = explorers_figure(record, 3e-3)
    # Four images, mean and spread of each, target and measurement.
    (page,) = figure.axes
    assert len(page.images) == len(page.patches) == 2 * (4 + 2) + 2
    for i, pixels in enumerate(record.arrays["two, 0.003, images"]):
        np.testing.assert_array_equal(page.images[6 + i].get_array(), enlarged(pixels))
    colors = [frame.get_edgecolor() for frame in page.patches[:4]]
    assert colors[0] == colors[1] == colors[3] != colors[2]
    words = [text.get_text() for text in figure.texts]
    assert words.index("One") < words.index("Two")
