"""Pages of captioned images: nothing is blurred, stretched, or written at length."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eglass.records.digits import distance, scientific
from eglass.reporting.exploration_figures import set_figure
from eglass.reporting.figures import edge_figure
from eglass.reporting.pages import Page, enlarged
from tests.synthetic_records import synthetic_record


def test_small_numbers_are_written_as_the_paper_writes_them():
    written = [scientific(x) for x in (2.9e-3, 0.01, 12.34, math.nan)]
    assert written == ["2.90e-3", "1.00e-2", "1.23e1", "–"]


def test_a_distance_has_three_decimals_where_they_say_something():
    assert [distance(x) for x in (0.1234, 0.0, 2.6e-4)] == ["0.123", "0.000", "3e-4"]


@pytest.mark.parametrize("draw", [set_figure, edge_figure])
def test_the_line_on_what_lies_outside_stands_clear_of_the_captions(draw):
    record = synthetic_record()
    record.meta["verdict"] = {"inside": False, "reasons": ["nothing like it"], "scores": {}}
    figure = draw(record)
    line = next(text for text in figure.texts if text.get_text().startswith("Outside"))
    boxes = {text: text.get_window_extent() for text in figure.findobj(type(line))}
    others = [box for text, box in boxes.items() if text is not line and text.get_text()]
    assert not [box for box in others if box.overlaps(boxes[line])]


def test_an_image_that_is_not_square_keeps_its_shape():
    page = Page(3, 2, 1)
    page.image(np.zeros((4, 8, 3), np.uint8), 1, 0.5, [])
    (image,) = page.figure.axes[0].images
    box = image.get_window_extent().transformed(page.figure.dpi_scale_trans.inverted())
    assert box.extents == pytest.approx([1, 0.75, 2, 1.25])


def test_enlarging_repeats_pixels_and_invents_none():
    pixels = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    large = enlarged(pixels)
    assert large.shape == (256, 256, 3)
    assert np.array_equal(large[::128, ::128], pixels)
    assert len(np.unique(large)) == 12
    assert enlarged(np.zeros((1024, 1024, 3), np.uint8)).shape == (1024, 1024, 3)


def caption(show, **about: dict) -> list[str]:
    """Return the words under an image that a page shows of a record."""
    record = synthetic_record()
    for section, changes in about.items():
        record.meta[section] |= changes
    page = Page(3, 2, 1)
    show(page, record, 0, 0)
    return [text.get_text() for text in page.figure.texts]


def test_a_target_that_was_enlarged_says_by_how_much():
    assert caption(Page.target) == ["target"]
    assert caption(Page.target, target={"enlargement": 2.25}) == ["target", "enlarged ×2.2"]


def test_a_measurement_that_is_no_picture_says_how_long_it_is():
    assert caption(Page.measurement) == ["measurement", "2 × 2"]
    words = caption(Page.measurement, problem={"picture": False, "entries": 1230})
    assert words[1] == "1,230 entries"
    assert "y" in words[0]
