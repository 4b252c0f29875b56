"""Every record of a profile is read, and what is wrong with one is said."""

from __future__ import annotations

import shutil

import pytest

from eglass.records import Origin, Record, Standing
from eglass.workflows import recorded, table1
from eglass.workflows.verification import GOOD, difference, lines, verify
from tests.experiments.running import changed, composed
from tests.synthetic_records import synthetic_record
from tests.workflows.test_recorded import leave_records


@pytest.fixture
def cfg(tmp_path):
    """One problem, the photograph and two samples, all recorded and timed."""
    one = ["profile=smoke", "~problem@problems.super_resolution", f"results={tmp_path}"]
    cfg = composed("config", *one)
    leave_records(cfg)
    for planned in table1.plan(cfg):
        origin = Origin.of(table1.timing_configuration(cfg, *planned))
        Record(origin.meta).save(table1.timing_folder(cfg, *planned))
    return cfg


def place(cfg, number: int):
    target = recorded.targets(cfg, "inpainting")[number]
    return recorded.folder(cfg, cfg.problems.inpainting, target)


def test_all_that_is_recorded_is_current(cfg):
    found = verify(cfg)
    assert set(found.values()) == {Standing.CURRENT}
    assert len(found) == 3 + len(table1.plan(cfg))
    assert list(lines(found)) == [f"{len(found)} records: {len(found)} current"]


def test_what_is_wrong_with_a_record_is_said_and_nothing_is_changed(cfg):
    cut, other, missing = (place(cfg, number) for number in range(3))
    table = cut / "solutions.csv"
    table.write_bytes(table.read_bytes()[:-9])
    record = Record.load(other)
    record.meta["code"] = "other"
    record.save(other)
    shutil.rmtree(missing)
    found = verify(cfg)
    wrong = {where: standing for where, standing in found.items() if standing not in GOOD}
    assert wrong == {cut: Standing.DAMAGED, missing: Standing.MISSING}
    assert f"{other}: other code" in lines(found)
    assert cut.exists()
    assert set(verify(changed(cfg, "seed=1")).values()) == {
        Standing.CONFIGURATION,
        Standing.DAMAGED,
        Standing.MISSING,
    }


def test_a_record_that_is_not_asked_for_is_to_be_whole_all_the_same(cfg):
    other = place(cfg, 0).with_name("of before")
    synthetic_record().save(other)
    assert verify(cfg)[other] is Standing.CURRENT
    (other / "strip.csv").unlink()
    assert verify(cfg)[other] is Standing.DAMAGED


def test_a_repeated_exploration_is_the_same_or_it_is_said_how_not():
    before, after = synthetic_record(), synthetic_record()
    assert difference(before, after) == ""
    after.tables["solutions"]["l2"] *= 1.5
    assert difference(before, after) == "ℓ2 differs by up to 50.0%"
    after.tables["solutions"] = after.tables["solutions"][:-1]
    assert "images became" in difference(before, after)
