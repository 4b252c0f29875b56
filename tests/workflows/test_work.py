"""Processes that share a results folder share the work; the lock of a dead one does not hold."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from omegaconf import OmegaConf

from eglass import files
from eglass.records import Origin, Record
from eglass.workflows import work
from eglass.workflows.work import Work, as_done, done

FORKED = multiprocessing.get_context("fork")
COUNT = 6


def works(place: Path, seconds: float = 0.0) -> list[Work]:
    """Return records that are asked for, each of which says who computed it."""

    def one(number: int) -> Work:
        folder, origin = place / "records" / str(number), Origin({"number": number}, {}, "code")

        def compute() -> Record:
            with (place / "computed").open("a") as file:
                file.write(f"{number} {os.getpid()}\n")
            time.sleep(seconds)
            record = Record(origin.meta, {"z": np.full(3, number)})
            record.save(folder)
            return record

        return Work(str(number), folder, origin, compute)

    return [one(number) for number in range(COUNT)]


def settings(place: Path):
    return OmegaConf.create({"results": str(place), "records": "current"})


def process(place: Path, seconds: float, host: str | None = None):
    """Start another process on the same folder."""

    def run() -> None:
        if host is not None:
            socket.gethostname = lambda: host
        done(settings(place), works(place, seconds), "records")

    started = FORKED.Process(target=run)
    started.start()
    return started


def computed(place: Path) -> Counter[str]:
    """Return how often each record was computed."""
    path = place / "computed"
    return Counter(line.split()[0] for line in path.read_text().splitlines() if path.exists())


def holding(place: Path) -> None:
    """Wait until a process is at something."""
    ending = time.monotonic() + 20
    while not (place / "computed").exists() and time.monotonic() < ending:
        time.sleep(0.01)


@pytest.fixture(params=[False, True], ids=["local", "shared"])
def kind(request, monkeypatch):
    """Say that the folder is on a file system that machines share, or that it is not."""
    monkeypatch.setattr(work, "is_shared", lambda _: request.param)
    monkeypatch.setattr(work, "LEASE", 2.0)
    return request.param


@pytest.mark.parametrize("many", [2, 4])
def test_each_record_is_computed_once_and_all_have_all(kind, many, tmp_path):
    others = [process(tmp_path, 0.4) for _ in range(many - 1)]
    found = done(settings(tmp_path), works(tmp_path, 0.4), "records")
    for other in others:
        other.join(60)
        assert other.exitcode == 0
    assert [int(record.arrays["z"][0]) for record in found] == list(range(COUNT))
    assert computed(tmp_path) == {str(number): 1 for number in range(COUNT)}
    # They did share it.
    who = {line.split()[1] for line in (tmp_path / "computed").read_text().splitlines()}
    assert len(who) > 1


def test_what_is_recorded_comes_first_and_the_rest_as_it_is_done(tmp_path):
    asked = works(tmp_path)
    done(settings(tmp_path), asked[3:5], "records")
    found = list(as_done(settings(tmp_path), asked, "records"))
    assert [i for i, _ in found] == [3, 4, 0, 1, 2, 5]
    assert [record.meta["config"]["number"] for _, record in found] == [3, 4, 0, 1, 2, 5]


def test_what_a_killed_process_held_is_taken_over_at_once(kind, tmp_path):
    other = process(tmp_path, 60)
    holding(tmp_path)
    os.kill(other.pid, signal.SIGKILL)
    other.join()
    began = time.monotonic()
    assert len(done(settings(tmp_path), works(tmp_path), "records")) == COUNT
    assert time.monotonic() - began < 1.9
    assert computed(tmp_path) == {"0": 2} | {str(number): 1 for number in range(1, COUNT)}


def test_the_lease_of_a_machine_that_says_nothing_any_more_runs_out(tmp_path, monkeypatch):
    monkeypatch.setattr(work, "is_shared", lambda _: True)
    monkeypatch.setattr(work, "LEASE", 2.0)
    other = process(tmp_path, 60, host="another")
    holding(tmp_path)
    os.kill(other.pid, signal.SIGKILL)
    other.join()
    began = time.monotonic()
    assert len(done(settings(tmp_path), works(tmp_path), "records")) == COUNT
    assert 1.9 < time.monotonic() - began < 15
    assert computed(tmp_path)["0"] == 2


def test_the_lease_of_a_machine_that_is_at_it_holds(tmp_path, monkeypatch):
    monkeypatch.setattr(work, "is_shared", lambda _: True)
    monkeypatch.setattr(work, "LEASE", 1.0)
    other = process(tmp_path, 1.5, host="another")
    holding(tmp_path)
    done(settings(tmp_path), works(tmp_path), "records")
    other.join(60)
    assert computed(tmp_path) == {str(number): 1 for number in range(COUNT)}


@pytest.mark.parametrize(
    ("mounted", "shared"),
    [("nfs4", True), ("cifs", True), ("fuse.sshfs", True), ("lustre", True), ("ext4", False),
     ("tmpfs", False), ("overlay", False)],
)  # fmt: skip
def test_a_file_system_is_shared_by_its_type(mounted, shared, tmp_path, monkeypatch):
    part = type("Part", (), {"mountpoint": str(tmp_path), "fstype": mounted})
    root = type("Part", (), {"mountpoint": "/", "fstype": "ext4"})
    monkeypatch.setattr(files.psutil, "disk_partitions", lambda all: [root, part])
    assert files.is_shared(tmp_path / "results" / "not yet") == shared
    assert not files.is_shared(Path("/elsewhere"))


def test_checkpoints_of_what_is_recorded_are_taken_away(tmp_path):
    done(settings(tmp_path), works(tmp_path), "records")
    # As where a process dies between its record and the end of its checkpoints.
    left = work.workdir(settings(tmp_path), works(tmp_path)[2].origin)
    left.mkdir(parents=True)
    (left / "latent.ckpt").touch()
    done(settings(tmp_path), works(tmp_path), "records")
    assert not left.exists()
