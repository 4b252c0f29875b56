"""One exploration beyond the paper's figures: its set, what it agrees on, a strip along η."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import same_color

from eglass.records import names
from eglass.reporting.exploration_figures import (
    consensus_figure,
    openness,
    set_figure,
    strip_figure,
)
from eglass.reporting.figures import edge_figure
from eglass.reporting.pages import GREEN, enlarged
from tests.synthetic_records import synthetic_record


@pytest.fixture
def record():
    return synthetic_record()


def test_a_strip_shows_every_step_in_order_with_the_start_in_the_middle(record):
    table = record.tables["strip"]
    # As they were walked, not as they are to be shown.
    record.tables["strip"] = table = table[::-1].reset_index(drop=True)
    figure = strip_figure(record)
    curves = next(axes for axes in figure.axes if axes.get_yscale() == "log")
    labels = [label.get_text() for label in curves.get_xticklabels()]
    assert labels == ["-4", "-2", "0", "+2", "+4", "+6"]
    along = table[(table["kind"] == "d") & (table["number"] == 8)].sort_values("step")
    l2 = np.insert(along["l2"].to_numpy(), 2, record.meta["inversion"]["l2"])
    np.testing.assert_array_equal(curves.lines[0].get_ydata(), l2)
    page = figure.axes[0]
    pictures = [*record.arrays["strip_images"][::-1]]
    pictures.insert(2, record.arrays["initial"])
    for image, pixels in zip(page.images, pictures):
        np.testing.assert_array_equal(image.get_array(), enlarged(pixels))
    feasible = [*along["feasible"][:2], True, *along["feasible"][2:]]
    assert set(feasible) == {True, False}
    assert [same_color(frame.get_edgecolor(), GREEN) for frame in page.patches] == feasible


def test_a_set_shows_the_solutions_of_the_explorer_that_was_asked(record):
    record.meta["explorer"]["method"] = names.PULSE.key
    figure = set_figure(record)
    theirs = record.tables["solutions"]["method"] == names.PULSE.key
    images = figure.axes[0].images
    assert len(images) == 3 + theirs.sum()
    for image, pixels in zip(images[3:], record.arrays["solution_images"][theirs]):
        np.testing.assert_array_equal(image.get_array(), enlarged(pixels))
    assert "5 solutions: PULSE" in [text.get_text() for text in figure.texts]


@pytest.mark.parametrize("draw", [set_figure, edge_figure])
def test_the_target_of_a_real_measurement_leaves_no_gap(record, draw):
    whole = draw(record)
    del record.arrays["target"]
    figure = draw(record)
    measured = figure.axes[0].images[0]
    np.testing.assert_array_equal(measured.get_array(), enlarged(record.arrays["measurement"]))
    assert measured.get_extent() == whole.axes[0].images[0].get_extent()
    assert "target" not in [text.get_text() for text in figure.texts]
    title = record.meta["problem"]["title"]
    after, before = (
        next(text.get_position()[0] for text in each.texts if text.get_text() == title)
        for each in (figure, whole)
    )
    assert after < before


def test_the_map_is_the_spread_of_solutions_over_that_without_a_measurement(record):
    figure = consensus_figure(record)
    *_, mean, shown = figure.axes[0].images
    np.testing.assert_array_equal(mean.get_array(), enlarged(record.arrays["mean"]))
    ratio = record.arrays["spread"] / record.arrays["prior_spread"]
    np.testing.assert_allclose(shown.get_array(), ratio)
    assert shown.get_clim() == (0, 1)
    assert "prior" in figure.axes[1].get_ylabel()


def test_what_is_as_constant_as_a_grey_level_is_not_open():
    nothing = np.zeros((1, 1), np.float32)
    assert openness(nothing, nothing) == 0


def test_what_was_not_measured_is_outlined_and_its_openness_said_apart(record):
    record.arrays["spread"][:] = 0.1 * record.arrays["prior_spread"]
    record.arrays["spread"][~record.arrays["measured"]] *= 5
    figure = consensus_figure(record)
    size, left = 1.5, 0.08
    outlines = figure.axes[0].collections
    assert len(outlines) == 2 * 4
    # The right half: one line down the middle of each image.
    for ends in outlines[0].get_segments():
        np.testing.assert_allclose(ends[:, 0], left + size / 2)
    assert len(outlines[0].get_segments()) == len(record.arrays["measured"])
    words = " ".join(text.get_text() for text in figure.texts)
    assert "measured: 0.10" in words
    assert "not (50%" in words
    assert "specks): 0.50" in words


def test_where_pixels_are_not_what_is_measured_nothing_is_outlined(record):
    del record.arrays["measured"]
    figure = consensus_figure(record)
    assert not figure.axes[0].collections
    assert any("Over all pixels:" in text.get_text() for text in figure.texts)


def test_lone_pixels_are_not_outlined(record):
    rows, columns = np.indices(record.arrays["measured"].shape)
    record.arrays["measured"] = (rows + columns) % 2 == 0
    assert not consensus_figure(record).axes[0].collections
