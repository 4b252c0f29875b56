"""What is there as it would be drawn is left; what shows something else is drawn again."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from eglass.workflows import drawn
from eglass.workflows.drawn import Drawings
from tests.synthetic_records import synthetic_record

MODULE = "eglass.reporting.figures"


@pytest.fixture
def record(tmp_path):
    found = synthetic_record()
    found.save(tmp_path / "record")
    return found


class Counted:
    """Draws one file into a folder, and counts how often."""

    def __init__(self, folder: Path):
        self.path, self.times = folder / "picture.png", 0

    def __call__(self) -> list[Path]:
        self.times += 1
        self.path.write_text("drawn")
        return [self.path]


@pytest.fixture
def pen(tmp_path):
    return Counted(tmp_path)


def test_the_same_is_drawn_once_by_whoever_asks(tmp_path, record, pen):
    for _ in range(2):
        Drawings(tmp_path).keep("picture", MODULE, [record, "title"], pen)
    assert pen.times == 1
    assert pen.path.read_text() == "drawn"


@pytest.mark.parametrize(
    "harm", [Path.unlink, lambda path: path.write_text("drawm")], ids=["lost", "altered"]
)
def test_a_file_that_is_not_as_it_was_drawn_is_drawn_again(harm, tmp_path, record, pen):
    drawings = Drawings(tmp_path)
    drawings.keep("picture", MODULE, record, pen)
    harm(pen.path)
    drawings.keep("picture", MODULE, record, pen)
    assert pen.times == 2
    assert pen.path.read_text() == "drawn"


def test_what_shows_something_else_is_drawn_again_and_it_alone(tmp_path, record, pen):
    other = Counted(tmp_path / "record")
    drawings = Drawings(tmp_path)
    table = pd.DataFrame({"a": [1.0, 2.0]})
    for shown in ([record, table], [record, table + 1e-9]):
        drawings.keep("picture", MODULE, shown, pen)
        drawings.keep("other", MODULE, {"all": record}, other)
    assert (pen.times, other.times) == (2, 1)
    record.tables["solutions"]["l2"] *= 1 + 1e-12
    record.save(tmp_path / "record")
    drawings.keep("other", MODULE, {"all": record}, other)
    assert other.times == 2


def test_other_code_another_style_and_another_matplotlib_draw_again(
    tmp_path, record, pen, monkeypatch
):
    drawings = Drawings(tmp_path)
    drawings.keep("picture", MODULE, record, pen)
    for times, (name, other) in enumerate(
        {
            "code": lambda *modules: "other",
            "version": lambda package: "0.0",
            "sha256": lambda path: f"other of {path.name}",
        }.items(),
        start=2,
    ):
        monkeypatch.setattr(drawn, name, other)
        drawings.keep("picture", MODULE, record, pen)
        assert pen.times == times


def test_a_record_that_is_not_on_disk_is_like_no_other(tmp_path, pen):
    for _ in range(2):
        Drawings(tmp_path).keep("picture", MODULE, synthetic_record(), pen)
    assert pen.times == 2


@pytest.mark.parametrize("damage", ["", "[]", '{"pict'])
def test_without_a_ledger_all_is_drawn(damage, tmp_path, record, pen):
    (tmp_path / ".drawn.json").write_text(damage)
    Drawings(tmp_path).keep("picture", MODULE, record, pen)
    assert pen.times == 1


def test_a_picture_is_there_as_png_and_as_pdf(tmp_path, record):
    drawings = Drawings(tmp_path)
    png = drawings.picture("spectrum", "geometry_figures.spectrum_figure", record)
    assert png == tmp_path / "spectrum.png"
    before = png.stat().st_mtime_ns
    (tmp_path / "spectrum.pdf").unlink()
    drawings.picture("spectrum", "geometry_figures.spectrum_figure", record)
    assert (tmp_path / "spectrum.pdf").is_file()
    assert png.stat().st_mtime_ns > before
