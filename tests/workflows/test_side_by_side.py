"""Several processes do one process's work: each record once, by whoever comes first."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf

from eglass.configuration.stopping import Stopped, stoppable
from eglass.records import Origin, Record
from eglass.workflows.side_by_side import done_side_by_side, one_thread
from eglass.workflows.work import Work

CPU = torch.device("cpu")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="no helpers there")


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def sums(folder: Path, count: int = 6, seconds: float = 0.1, where: str = "anywhere"):
    """Return works, each of which leaves the process that did it, and a sum by its own threads.

    Args:
        where: `anywhere`, or `here` where helpers fail.
    """
    here = os.getpid()

    def work(i: int) -> Work:
        place = folder / "records" / str(i)
        origin = Origin.of({"i": i})

        def compute() -> Record:
            (folder / f"begun-{i}-{os.getpid()}").touch()
            if where == "here" and os.getpid() != here:
                raise RuntimeError("not here")
            time.sleep(seconds)
            value = float((torch.ones(50, 50) @ torch.ones(50, 50)).sum())
            about = {"process": os.getpid(), "threads": torch.get_num_threads(), "value": value}
            record = Record(about | origin.meta)
            record.save(place)
            return Record.load(place)

        return Work(str(i), place, origin, compute)

    return [work(i) for i in range(count)]


def asked(folder: Path):
    return OmegaConf.create({"results": str(folder), "records": "current"})


def test_two_processes_of_one_thread_do_each_work_once(tmp_path, two_threads):
    found = done_side_by_side(asked(tmp_path), sums(tmp_path), "sums", CPU)
    assert [record.meta["config"]["i"] for record in found] == list(range(6))
    assert len({record.meta["process"] for record in found}) == 2
    assert {record.meta["threads"] for record in found} == {1}
    assert len(list(tmp_path.glob("begun-*"))) == 6
    assert torch.get_num_threads() == 2


def test_of_works_that_share_checkpoints_one_is_done_at_a_time(tmp_path, two_threads):
    def alone(work: Work, way: Path) -> Work:
        def compute() -> Record:
            if way.exists():
                (tmp_path / "at-once").touch()
            way.mkdir(parents=True, exist_ok=True)
            record = work.compute()
            way.rmdir()
            return record

        return replace(work, compute=compute, way=way)

    ways = [tmp_path / "unfinished" / str(i // 2) for i in range(4)]
    works = [alone(work, way) for work, way in zip(sums(tmp_path, 4, 0.6), ways)]
    found = done_side_by_side(asked(tmp_path), works, "sums", CPU)
    assert len({record.meta["process"] for record in found}) == 2
    assert len(list(tmp_path.glob("begun-*"))) == 4
    assert not (tmp_path / "at-once").exists()


def test_one_work_has_all_threads_and_a_gpu_no_helpers(tmp_path, two_threads):
    (record,) = done_side_by_side(asked(tmp_path), sums(tmp_path, 1), "sums", CPU)
    assert record.meta["threads"] == 2
    works = sums(tmp_path / "gpu", 2, 0.0)
    (tmp_path / "gpu").mkdir()
    found = done_side_by_side(asked(tmp_path / "gpu"), works, "sums", torch.device("cuda"))
    assert {record.meta["process"] for record in found} == {os.getpid()}


def test_what_a_helper_cannot_do_is_done_here(tmp_path, two_threads):
    works = sums(tmp_path, where="here")
    found = done_side_by_side(asked(tmp_path), works, "sums", CPU)
    assert {record.meta["process"] for record in found} == {os.getpid()}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_helpers_end_with_what_they_help(number, tmp_path, two_threads):
    works = sums(tmp_path, 4, 30.0)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), number))
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    began = time.perf_counter()
    with pytest.raises(Stopped), stoppable():
        done_side_by_side(asked(tmp_path), works, "sums", CPU)
    assert time.perf_counter() - began < 5
    processes = {int(path.name.split("-")[-1]) for path in tmp_path.glob("begun-*")}
    assert len(processes) == 2
    for process in processes - {os.getpid()}:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
    assert torch.get_num_threads() == 2


def test_one_thread_is_for_what_is_within(two_threads):
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
