"""The page of an exploration holds all that it shows, and says no more than is known."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eglass.reporting.exploration_page import save_pictures, shown_solutions, write_page
from tests.synthetic_records import synthetic_record


@pytest.fixture
def page(tmp_path: Path):
    """Write the page of a record, and return its text."""

    def page(record) -> str:
        figure = tmp_path / "figure.png"
        Image.fromarray(record.arrays["initial"]).save(figure)
        write_page(
            tmp_path / "index.html",
            record,
            command="python -m experiments.explore 'target.path=a b.png'",
            figures={"Where they differ": figure},
            changed={"count": 6},
        )
        return (tmp_path / "index.html").read_text()

    return page


def test_every_solution_is_a_card_with_what_it_is_sorted_by(page):
    record = synthetic_record()
    text, table = page(record), shown_solutions(record)
    cards = re.findall(r'<li class="card (\w+)" data-found="(\d+)" data-l2="([^"]+)"', text)
    assert [int(number) for _, number, _ in cards] == list(range(1, len(table) + 1))
    np.testing.assert_allclose([float(l2) for *_, l2 in cards], table["l2"])
    framed = [frame == "feasible" for frame, *_ in cards]
    assert framed == table["feasible"].tolist()
    for key in re.findall(r'<option value="(\w+) ', text):
        assert text.count(f"data-{key}=") == len(table)


def test_the_slider_has_every_step_in_order_and_g_z0_at_zero(page):
    text = page(synthetic_record())
    steps = [float(eta) for eta in re.findall(r'data-eta="([^"]+)"', text)]
    assert steps == sorted(steps)
    assert steps.count(0) == 1
    assert f'max="{len(steps) - 1}"' in text


def test_it_loads_nothing_and_says_what_made_it(page):
    text = page(synthetic_record())
    assert not re.search(r'(src|href)="(?!data:image/png;base64,)', text)
    assert "http" not in text
    assert "url(" not in text
    assert "&#39;target.path=a b.png&#39;" in text
    assert "<code>count=6</code>" in text


def test_a_target_that_is_not_known_is_not_shown(page, tmp_path):
    record = synthetic_record()
    assert "which no method was shown" in page(record)
    del record.arrays["target"]
    text = page(record)
    assert "which no method was shown" not in text
    assert "<h2>The measurement</h2>" in text
    names = [path.stem for path in save_pictures(record, tmp_path / "pictures")]
    assert names[:3] == ["measurement", "initial", "01"]


def test_without_a_strip_there_is_no_slider(page):
    record = synthetic_record()
    record.meta["strip"] = None
    assert 'type="range"' not in page(record)


def test_outside_of_what_the_generator_makes_nothing_is_green(page):
    record = synthetic_record()
    assert "✓" in page(record)
    record.meta["verdict"] = {"inside": False, "reasons": ["z0 is far out"], "scores": {}}
    text = page(record)
    assert "✓" not in text
    assert 'class="card feasible"' not in text
    assert "z0 is far out" in text


def test_pictures_are_the_solutions_pixel_by_pixel(tmp_path):
    record = synthetic_record()
    paths = save_pictures(record, tmp_path)
    table = shown_solutions(record)
    ours = [path for path in paths if path.stem.isdigit()]
    for path, index in zip(ours, table.index, strict=True):
        expected = record.arrays["solution_images"][index]
        np.testing.assert_array_equal(np.asarray(Image.open(path)), expected)
