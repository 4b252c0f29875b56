"""What a run leaves on disk."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from eglass.records import Record, environment, fingerprint, is_current, whole_file

CONFIG = {"K": [8, 12], "seed": 0}


@pytest.fixture
def record() -> Record:
    return Record(
        {"config": CONFIG, "problem": "inpainting"},
        {"C": np.eye(3, dtype=np.float32), "pixels": np.arange(6, dtype=np.uint8)},
        {"solutions": pd.DataFrame({"l2": [1e-3, 2e-2], "feasible": [True, False]})},
    )


def test_it_is_read_back_whole(record, tmp_path: Path):
    record.save(tmp_path / "record")
    back = Record.load(tmp_path / "record")
    assert back.meta["config"] == CONFIG
    assert back.arrays.keys() == record.arrays.keys()
    for name, array in record.arrays.items():
        np.testing.assert_array_equal(back.arrays[name], array)
        assert back.arrays[name].dtype == array.dtype
    pd.testing.assert_frame_equal(back.tables["solutions"], record.tables["solutions"])


def test_a_transposed_array_is_read_back_as_it_was(tmp_path: Path):
    array = np.arange(6.0).reshape(2, 3).T
    Record({"config": {}}, {"a": array}).save(tmp_path / "record")
    np.testing.assert_array_equal(Record.load(tmp_path / "record").arrays["a"], array)


def test_it_is_current_for_its_own_configuration_only(record, tmp_path: Path):
    place = tmp_path / "record"
    assert not is_current(place, CONFIG)
    record.save(place)
    assert is_current(place, CONFIG)
    assert not is_current(place, CONFIG | {"seed": 1})


def test_one_that_is_cut_short_is_not_current(record, tmp_path: Path):
    record.save(tmp_path / "record")
    path = tmp_path / "record" / "record.json"
    path.write_text(path.read_text()[:20])
    assert not is_current(tmp_path / "record", CONFIG)


def test_a_failure_leaves_the_older_record_and_nothing_else(record, tmp_path: Path):
    place = tmp_path / "record"
    record.save(place)
    broken = Record({"config": {"seed": 1}}, tables={"bad": "not a table"})  # type: ignore[dict-item]
    with pytest.raises(AttributeError):
        broken.save(place)
    assert is_current(place, CONFIG)
    assert [path.name for path in tmp_path.iterdir()] == ["record"]


def test_what_a_killed_process_of_the_same_number_left_is_not_in_it(record, tmp_path: Path):
    leftover = tmp_path / f".{os.getpid()}-here"
    leftover.mkdir()
    (leftover / "half.csv").touch()
    record.save(tmp_path / "here")
    assert [path.name for path in tmp_path.iterdir()] == ["here"]
    assert not (tmp_path / "here" / "half.csv").exists()


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path):
    def fail(path: Path) -> None:
        with whole_file(path) as draft:
            draft.write_text("half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail(tmp_path / "table.csv")
    assert list(tmp_path.iterdir()) == []
    with whole_file(tmp_path / "table.csv") as draft:
        draft.write_text("all")
    assert (tmp_path / "table.csv").read_text() == "all"


def test_equal_configurations_have_equal_names():
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})


def test_the_environment_names_versions_and_device():
    found = environment(torch.device("cpu"))
    assert found["versions"]["torch"] == torch.__version__.split("+")[0]
    assert found["device"].startswith("cpu")
