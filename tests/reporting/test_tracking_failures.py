"""Whatever fails of W&B costs a line and little time, and no result."""

from __future__ import annotations

import errno
import os
import time

import pytest
import wandb

from eglass.records import Record
from eglass.reporting.tracking import Tracker
from tests.reporting.failing_wandb import failing_server
from tests.reporting.offline_wandb import read_runs
from tests.synthetic_records import synthetic_record

pytestmark = pytest.mark.usefixtures("wandb_service")


@pytest.fixture(scope="module")
def record() -> Record:
    return synthetic_record("inpainting")


@pytest.fixture
def nobody(monkeypatch, tmp_path):
    """W&B starts anew, for somebody who has no settings of it."""
    # It looks at the environment when it starts.
    wandb.teardown()
    for name in [name for name in os.environ if name.startswith("WANDB_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


def test_a_failure_leaves_no_half_run_and_is_repeated(record, tmp_path, monkeypatch):
    tracker = Tracker(tmp_path, "bundled")
    with monkeypatch.context() as patch:
        patch.setattr("eglass.reporting.geometry_figures.coupling_figure", lambda record: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tracker.log_record(record, "a")
    assert read_runs(tmp_path / "wandb") == []
    tracker.log_record(record, "a")
    (run,) = read_runs(tmp_path / "wandb")
    assert run.finished


def test_an_upload_that_fails_is_an_offline_run(record, tmp_path, monkeypatch, capsys):
    """Whatever goes wrong online once the run is open."""
    init, modes = wandb.init, []

    def unreliable(mode: str, **settings):
        run = init(mode="offline", **settings)
        modes.append(mode)
        if mode == "online":
            finish = run.finish

            def fail(**options):
                finish(**options)
                raise TimeoutError("Timed out finishing run.")

            run.finish = fail
        return run

    monkeypatch.setattr(wandb, "init", unreliable)
    tracker = Tracker(tmp_path, "bundled", mode="online")
    tracker.log_record(record, "a")
    tracker.log_record(record, "b")
    assert modes == ["online", "offline", "offline"]
    assert [run.config for run in read_runs(tmp_path / "wandb")] == [record.meta["config"]] * 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "Timed out finishing run" in line


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({}, "No API key"),
        ({"WANDB_API_KEY": 40 * "0", "WANDB_BASE_URL": "http://127.0.0.1:9"}, "connection refused"),
    ],
)
def test_without_a_server_it_goes_offline_in_one_line(
    record, tmp_path, monkeypatch, capfd, nobody, environment, reason
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    began = time.monotonic()
    tracker = Tracker(tmp_path, "bundled", mode="online", patience=2)
    tracker.log_record(record, "a")
    tracker.log_record(record, "b")
    wandb.teardown()
    assert time.monotonic() - began < 20
    out, err = capfd.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("W&B: going on offline")
    assert reason in line
    runs = read_runs(tmp_path / "wandb")
    assert [run.name for run in runs] == ["a", "b"]
    for run in runs:
        assert run.finished
        assert run.config == record.meta["config"]
        assert len(run.table("solutions")) == len(record.tables["solutions"])
    assert not list((tmp_path / "wandb").glob("run-*"))


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("wrong key", "invalid API key"),
        ("silent", "Timed out"),
        ("gone", "no end of the upload within 3 s"),
        ("errors", "no end of the upload within 3 s"),
    ],
)
def test_a_server_that_fails_costs_a_line_and_little_time(
    record, tmp_path, monkeypatch, capfd, nobody, how, reason
):
    monkeypatch.setattr("eglass.reporting.tracking.UPLOAD", 3.0)
    with failing_server(how) as (url, asked):
        monkeypatch.setenv("WANDB_BASE_URL", url)
        monkeypatch.setenv("WANDB_API_KEY", 40 * "a")
        tracker = Tracker(tmp_path, "bundled", mode="online", patience=2)
        began = time.monotonic()
        for name in "ab":
            tracker.log_record(record, name)
        assert time.monotonic() - began < 45
    wandb.teardown()
    assert asked
    out, err = capfd.readouterr()
    (line,) = err.splitlines()
    assert (out, line[:26]) == ("", "W&B: going on offline, to ")
    assert reason in line
    runs = read_runs(tmp_path / "wandb")
    assert sorted(run.name for run in runs) == ["a", "b"]
    for run in runs:
        assert run.finished
        assert len(run.table("solutions")) == len(record.tables["solutions"])
    assert not list((tmp_path / "wandb").glob("run-*"))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_costs_a_line(record, tmp_path, monkeypatch, capfd, number):
    def full(_):
        raise OSError(number, os.strerror(number))

    tracker = Tracker(tmp_path, "bundled")
    with monkeypatch.context() as patch:
        patch.setattr("eglass.reporting.geometry_figures.coupling_figure", full)
        tracker.log_record(record, "a")
        tracker.log_record(record, "b")
    (line,) = capfd.readouterr().err.splitlines()
    assert line == f"W&B: no room in {tmp_path}: nothing more is logged; results are kept"
    assert read_runs(tmp_path / "wandb") == []
    # Once there is room, the same command logs it.
    Tracker(tmp_path, "bundled").log_record(record, "a")
    assert len(read_runs(tmp_path / "wandb")) == 1
