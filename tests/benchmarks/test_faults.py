"""A small share of what goes wrong on purpose; the whole of it is `make faults`."""

from __future__ import annotations

import random
import shutil

import pandas as pd
import pytest

from eglass.errors import InputError
from eglass.records import Record
from experiments.benchmarks.faults.damage import (
    checkpoint_formats,
    damaged_records,
    image_formats,
    mutated_files,
    outcome,
)
from experiments.benchmarks.faults.jobs import differences, explorations, records
from experiments.benchmarks.faults.kills import Undisturbed, kill
from experiments.benchmarks.faults.overrides import composed, drawn, settings
from experiments.benchmarks.faults.running import Ending
from experiments.benchmarks.faults.summary import counted
from tests.synthetic_records import synthetic_record


@pytest.fixture
def record(tmp_path):
    """Save a record, with what it is made of, and return its folder."""
    record = synthetic_record()
    record.meta |= {"config": {}, "inputs": {}, "code": "", "meaning": 0}
    record.save(tmp_path / "results" / "record")
    return tmp_path / "results" / "record"


def test_every_file_of_a_record_is_missed_by_a_bit_or_a_byte(record, tmp_path):
    found = damaged_records(record, tmp_path / "copies", random.Random(0))
    assert len(found) == 2 * 10 * len(list(record.iterdir()))
    assert found["refused"].all()
    assert found["aside"].all()


def test_of_mutated_checkpoints_none_is_executed_and_each_is_read_or_refused_in_a_line(tmp_path):
    proof = tmp_path / "proof"
    formats = checkpoint_formats(tmp_path / "made", proof)
    hostile = [each.name for each in formats if "hostile" in each.name]
    for each in formats:
        (tmp_path / "made" / each.file).write_bytes(each.data)
        found = outcome(lambda each=each: each.read(tmp_path / "made" / each.file), summed=False)
        assert found["refused"] == (each.name in hostile), found
    found = mutated_files(formats, 5 * len(formats), tmp_path / "made", proof, 0)
    assert len(found) == 5 * len(formats)
    assert not found[["accepted", "traceback", "executed"]].any(axis=None), found
    # Those that have a sum are refused, whatever is altered.
    searches = found[found["altered"] & (found["format"] == "a search's checkpoint")]
    assert searches["refused"].all()


def test_mutated_images_are_images_or_refused_in_a_line(tmp_path):
    found = mutated_files(image_formats(), 66, tmp_path, None, 0)
    assert not found["traceback"].any(), found[found["traceback"]]
    assert 20 < found["refused"].sum() < 66


def test_foreign_code_and_tracebacks_are_seen_where_there_are_any(tmp_path):
    proof = tmp_path / "proof"
    found = outcome(proof.touch, summed=True, proof=proof)
    assert (found["executed"], found["accepted"]) == (True, True)
    assert outcome(lambda: 1 / 0, summed=True)["traceback"]

    def refuse() -> None:
        raise InputError("one\ntwo")

    assert outcome(refuse, summed=True)["traceback"]


def test_what_is_lost_changed_or_left_is_counted(record, tmp_path):
    expected, found = record.parent, tmp_path / "found"
    shutil.copytree(expected, found)
    assert differences(expected, found).total() == 0
    other = Record.load(record)
    other.arrays["z0"] = other.arrays["z0"] + 1
    other.save(found / "record")
    (found / ".draft-here-1-00000000-record").mkdir()
    assert +differences(expected, found) == {"changed": 1, "left": 1}
    (found / "record" / "solutions.csv").unlink()
    assert records(found) == {"record": None}
    assert +differences(expected, found) == {"lost": 1, "missing": 1, "left": 1}


def test_random_command_lines_are_the_same_for_the_same_seed():
    known = list(settings(composed("train")))
    lines = [drawn("train", known, random.Random(0)) for _ in range(2)]
    assert lines[0] == lines[1]
    names = dict(known)
    assert {"seed", "training", "training.steps"} <= set(names)
    assert "results" not in names


def test_the_counts_are_of_what_must_not_be():
    kills = pd.DataFrame({"killed": [True, True, False], "how": ["touch", "bytes", "moment"],
                          "lost": [0, 1, 0], "neither": [1, 0, 0], "changed": 0,
                          "tracebacks": 0, "failed_with_0": 0})  # fmt: skip
    (row,) = counted({"kills": kills}).to_dict("records")
    assert row["what"].startswith("2 kills: 0 at random moments, 1 before")
    assert (row["lost"], row["changed"]) == (2, 0)
    assert pd.isna(row["accepted"])


def test_what_a_kill_in_the_middle_of_a_file_leaves_is_swept_and_the_run_goes_on(tmp_path):
    undisturbed = Undisturbed(explorations(tmp_path), tmp_path)
    assert undisturbed.steps > 40
    size = (next(undisturbed.folder.rglob("arrays.safetensors"))).stat().st_size
    row = kill(undisturbed, Ending("bytes", size // 2), tmp_path / "killed", over=False)
    assert (row["status"], row["drafts"], row["status_after"]) == (153, 1, 0)
    assert not any(row[count] for count in ("lost", "changed", "missing", "left", "tracebacks"))
