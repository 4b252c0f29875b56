"""A record comes back as it was saved, whole or not at all, and knows what it is of."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eglass.errors import InputError
from eglass.records import UNTRAINED, Record, stamp
from eglass.records.environment import environment

CONFIG = {"K": [8, 12], "seed": 0}


@pytest.fixture
def record() -> Record:
    return Record(
        {"config": CONFIG, "problem": {"name": "inpainting"}},
        # Transposed, as eigenvectors come: safetensors stores memory, not what is seen of it.
        {
            "C": np.arange(6, dtype=np.float32).reshape(2, 3).T,
            "pixels": np.arange(6, dtype=np.uint8),
        },
        {"solutions": pd.DataFrame({"l2": [1e-3, 2e-2], "feasible": [True, False]})},
    )


def test_a_path_may_be_a_text(record, tmp_path: Path):
    record.save(str(tmp_path / "record"))
    assert Record.load(str(tmp_path / "record")).meta["problem"] == record.meta["problem"]


def test_its_sum_is_of_all_that_lies_on_disk(record, tmp_path: Path):
    assert record.sum == ""
    record.save(tmp_path)
    before = record.sum
    assert Record.load(tmp_path).sum == before
    record.arrays["pixels"][0] = 7
    record.save(tmp_path)
    assert Record.load(tmp_path).sum == record.sum != before


def test_where_there_is_no_record_that_is_said(tmp_path: Path):
    with pytest.raises(InputError, match="no record at"):
        Record.load(tmp_path / "none")


def test_it_is_read_back_whole(record, tmp_path: Path):
    record.save(tmp_path / "record")
    back = Record.load(tmp_path / "record")
    assert back.meta == record.meta | {"tables": ["solutions"]}
    assert back.arrays.keys() == record.arrays.keys()
    for name, array in record.arrays.items():
        np.testing.assert_array_equal(back.arrays[name], array)
        assert back.arrays[name].dtype == array.dtype
    pd.testing.assert_frame_equal(back.tables["solutions"], record.tables["solutions"])


def test_a_failure_leaves_the_older_record_and_nothing_else(record, tmp_path: Path):
    place = tmp_path / "record"
    record.save(place)
    broken = Record({"config": {"seed": 1}}, tables={"bad": "not a table"})  # type: ignore[dict-item]
    with pytest.raises(AttributeError):
        broken.save(place)
    assert Record.load(place).meta["config"] == CONFIG
    assert [path.name for path in tmp_path.iterdir()] == ["record"]


def test_a_newer_record_leaves_nothing_of_the_older_one(record, tmp_path: Path):
    record.save(tmp_path / "record")
    Record({"config": {}}).save(tmp_path / "record")
    assert not (tmp_path / "record" / "solutions.csv").exists()
    assert Record.load(tmp_path / "record").arrays == {}


def test_its_files_may_be_read_by_whom_the_umask_lets(record, tmp_path: Path):
    record.save(tmp_path / "record")
    (tmp_path / "usual").touch()
    modes = {path.stat().st_mode for path in (tmp_path / "record").iterdir()}
    assert modes == {(tmp_path / "usual").stat().st_mode}


def test_one_untrained_network_stamps_everything_that_is_drawn_with_it():
    trained, random = ({"trained": yes} for yes in (True, False))
    good = Record({"weights": {"generator": trained, "perceptual": trained}})
    other = Record({"weights": {"generator": trained, "perceptual": random}})
    assert stamp([good, good]) == ""
    assert stamp([good, other]) == UNTRAINED


def test_the_environment_names_versions_and_device():
    found = environment("cpu (2 threads)")
    assert found["versions"]["torch"] == version("torch")
    assert found["device"] == "cpu (2 threads)"
