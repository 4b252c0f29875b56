"""Every record of a profile is read, and what is wrong with one is said."""

from __future__ import annotations

import shutil

import pytest

from eglass.errors import InputError
from eglass.records import Origin, Record, Standing, sha256
from eglass.workflows import recorded, table1
from eglass.workflows.verification import GOOD, difference, lines, verify, verify_folder
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


def kept(place, config, **meta) -> None:
    """Record something of some settings."""
    record = synthetic_record()
    record.meta |= Origin.of(config, modules=("eglass.training",)).meta | meta
    record.save(place)


def test_what_else_lies_in_results_is_judged_by_its_own_settings(tmp_path):
    weights = tmp_path / "w.pth"
    weights.write_text("one")
    kept(tmp_path / "explore" / "me" / "record", {"generator": str(weights)})
    kept(tmp_path / "sweep" / "jobs" / "a" / "job", {"seed": 1}, code="other")
    kept(tmp_path / "gallery" / "records" / "a" / "b", {"seed": 2}, meaning=0)
    kept(tmp_path / "explore" / "wandb" / "run" / "record", {"seed": 3}, meaning=0)
    found = {str(place.relative_to(tmp_path)): each for place, each in
             verify_folder(tmp_path).items()}  # fmt: skip
    assert found == {
        "explore/me/record": Standing.CURRENT,
        "sweep/jobs/a/job": Standing.CODE,
        "gallery/records/a/b": Standing.MEANING,
    }
    weights.write_text("two")
    (tmp_path / "sweep" / "jobs" / "a" / "job" / "strip.csv").unlink()
    found = verify_folder(tmp_path)
    assert found[tmp_path / "explore" / "me" / "record"] is Standing.INPUTS
    assert found[tmp_path / "sweep" / "jobs" / "a" / "job"] is Standing.DAMAGED


def test_a_training_s_weights_are_to_be_those_of_its_record(tmp_path):
    weights = tmp_path / "train" / "decoder.safetensors"
    weights.parent.mkdir()
    weights.write_text("one")
    made = {"generator": {"source": weights.name, "sha256": sha256(weights), "trained": True}}
    kept(tmp_path / "train" / "training", {"seed": 1}, weights=made)
    assert set(verify_folder(tmp_path).values()) == {Standing.CURRENT}
    weights.write_text("two")
    assert verify_folder(tmp_path)[weights] is Standing.DAMAGED
    weights.unlink()
    assert verify_folder(tmp_path)[weights] is Standing.MISSING


def test_a_folder_without_records_is_refused(tmp_path):
    with pytest.raises(InputError, match="no record below"):
        verify_folder(tmp_path)
