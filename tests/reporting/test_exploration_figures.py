"""One exploration beyond the paper's figures: its set, what it agrees on, a strip along η."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import same_color

from eglass.records import names
from eglass.reporting.exploration_figures import consensus_figure, set_figure, strip_figure
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


def test_what_solutions_agree_on_is_their_mean_and_their_spread(record):
    *_, mean, spread = consensus_figure(record).axes[0].images
    np.testing.assert_array_equal(mean.get_array(), enlarged(record.arrays["mean"]))
    np.testing.assert_array_equal(spread.get_array(), record.arrays["spread"])
    assert spread.get_clim() == (0, record.arrays["spread"].max())
