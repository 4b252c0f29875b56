"""What is read back, what is computed again, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eglass.records import DamagedRecord, Origin, Reader, Record, Standing, notes

ORIGIN = Origin({"seed": 0}, {"generator": "ab"}, "c0de")
STANDINGS = {
    Standing.CURRENT: {},
    Standing.CODE: {"code": "other"},
    Standing.INPUTS: {"inputs": {"generator": "cd"}},
    Standing.CONFIGURATION: {"config": {"seed": 1}},
    Standing.MEANING: {"meaning": 0},
}


def save(place: Path, **other) -> Path:
    record = Record(
        ORIGIN.meta | other,
        {"pixels": np.arange(600, dtype=np.uint16)},
        {"solutions": pd.DataFrame({"l2": np.linspace(0, 1, 50)})},
    )
    record.save(place)
    return place


@pytest.fixture
def places(tmp_path) -> dict[Standing, Path]:
    """A record of every standing."""
    return {
        standing: save(tmp_path / standing.name, **other) for standing, other in STANDINGS.items()
    }


@pytest.mark.parametrize(
    ("records", "used"),
    [
        ("current", {Standing.CURRENT, Standing.CODE}),
        ("recompute", {Standing.CURRENT}),
        ("keep", set(STANDINGS)),
    ],
)
def test_which_records_are_used_is_a_setting(places, records, used):
    reader = Reader(records)
    found = {standing: reader.read(place, ORIGIN) for standing, place in places.items()}
    assert {standing for standing, record in found.items() if record} == used
    assert all(record.standing is standing for standing, record in found.items() if record)
    assert reader.read(places[Standing.CURRENT].with_name("none"), ORIGIN) is None


def test_one_line_says_how_many_are_computed_again_and_why(places):
    reader = Reader()
    for place in (*places.values(), places[Standing.INPUTS]):
        reader.read(place, ORIGIN)
    again, kept = reader.lines()
    assert again == (
        "records: 4 to be computed again (2 other weights or files, 1 another configuration, "
        "1 another meaning of what is computed)"
    )
    assert kept == "records: 1 of other code kept: records=recompute computes them again"


def test_of_what_is_current_or_missing_nothing_is_said(places, tmp_path):
    reader = Reader()
    reader.read(places[Standing.CURRENT], ORIGIN)
    reader.read(tmp_path / "none", ORIGIN)
    assert list(reader.lines()) == []


def test_what_is_drawn_of_records_that_are_not_current_says_so(places):
    reader = Reader("keep")
    found = [reader.read(place, ORIGIN) for place in places.values()]
    (line,) = reader.lines()
    assert line.endswith("kept because records=keep")
    (note,) = notes([record for record in found if record])
    assert note.startswith("4 of 5 records were kept although not current: 1 of other code, ")
    assert notes([Record({})]) == []


def spoilt(data: bytes) -> list[bytes]:
    """Return a file cut at ten places, and with a bit flipped at ten."""
    at = [round(i * (len(data) - 1) / 9) for i in range(10)]
    cut = [data[:i] for i in at]
    return cut + [data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :] for i in at]


@pytest.mark.parametrize("name", ["record.json", "arrays.safetensors", "solutions.csv"])
def test_a_file_that_is_cut_or_altered_anywhere_is_never_read(tmp_path, name):
    path = save(tmp_path / "here") / name
    for data in spoilt(path.read_bytes()):
        path.write_bytes(data)
        with pytest.raises(DamagedRecord):
            Record.load(path.parent)
    path.unlink()
    with pytest.raises(ValueError, match=r"no record|is missing"):
        Record.load(path.parent)


@pytest.mark.parametrize("records", ["current", "recompute", "keep"])
def test_a_damaged_record_is_set_aside_and_it_is_said_where(tmp_path, records):
    path = save(tmp_path / "here") / "solutions.csv"
    path.write_bytes(path.read_bytes()[:-20])
    reader = Reader(records)
    assert reader.read(path.parent, ORIGIN) is None
    (line,) = reader.lines()
    assert line.startswith("records: 1 to be computed again (1 damaged")
    assert line.endswith(f"kept as {tmp_path / 'here.damaged'})")
    assert not path.parent.exists()
    assert (tmp_path / "here.damaged" / "solutions.csv").exists()


def test_one_of_before_there_were_sums_is_computed_again(tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "record.json").write_text('{"config": {"seed": 0}, "tables": []}')
    with pytest.raises(DamagedRecord, match="made before"):
        Record.load(tmp_path / "here")
    assert Reader("keep").read(tmp_path / "here", ORIGIN) is None


def test_one_that_is_replaced_while_it_is_read_is_read_again(tmp_path, monkeypatch):
    place, read = save(tmp_path / "here"), Path.read_bytes

    def read_late(path: Path) -> bytes:
        data = read(path)
        if path.name == "record.json":
            monkeypatch.setattr(Path, "read_bytes", read)
            newer = Record({"config": {"seed": 2}}, tables={"solutions": pd.DataFrame({"l2": [3]})})
            newer.save(place)
        return data

    monkeypatch.setattr(Path, "read_bytes", read_late)
    assert Record.load(place).meta["config"] == {"seed": 2}


def test_a_record_is_found_by_a_path_as_text(tmp_path):
    save(tmp_path / "here")
    assert Record.load(str(tmp_path / "here")).meta["config"] == {"seed": 0}
    with pytest.raises(ValueError, match=r"no record at .*nowhere: give the folder of one"):
        Record.load(str(tmp_path / "nowhere"))
