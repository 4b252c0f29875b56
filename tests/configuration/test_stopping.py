"""A signal ends a command, and its workers, in one line; so does a disk that takes nothing."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from eglass.configuration import command
from eglass.configuration.stopping import Stopped, StoppedWaiting, stoppable


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_command_and_its_workers_in_one_line(number, status, tmp_path):
    with subprocess.Popen(
        [sys.executable, "-m", "tests.configuration.sleeper", f"results={tmp_path}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        worker = int(process.stdout.readline())
        process.send_signal(number)
        _, said = process.communicate(timeout=20)
    assert process.returncode == status
    (line,) = said.splitlines()
    assert line == (
        f"stopped by {number.name}: what is recorded in {tmp_path} is kept, and the same command "
        "goes on from there"
    )
    assert not psutil.pid_exists(worker)


def test_within_a_signal_is_raised_and_afterwards_all_is_as_it_was():
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    with stoppable():
        assert signal.getsignal(signal.SIGTERM) not in before
    assert [signal.getsignal(number) for number in numbers] == before
    try:
        with pytest.raises(Stopped) as found, stoppable():
            # It comes within the call.
            signal.raise_signal(signal.SIGTERM)
        assert found.value.name == "SIGTERM"
        assert not isinstance(found.value, Exception)
        # A second one, while the first is being cleaned up after, is the system's.
        assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
    finally:
        for number, handler in zip(numbers, before):
            signal.signal(number, handler)


@pytest.mark.parametrize(
    "in_place",
    [
        lambda _: KeyboardInterrupt(),
        lambda number: _raised_by_ray(
            f"SystemExit is raised (sys.exit is called). Exit code: {number}."
        ),
    ],
)
def test_what_ray_raises_in_place_of_a_signal_s_error_is_that_signal(in_place):
    def waits() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt:
            raise in_place(15) from None

    before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        with pytest.raises(StoppedWaiting) as found, stoppable(StoppedWaiting):
            waits()
    finally:
        for number, handler in before:
            signal.signal(number, handler)
    assert found.value.name == "SIGTERM"


def _raised_by_ray(message: str) -> SystemExit:
    error = SystemExit(1)
    error.ray_terminate_msg = message
    return error


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["ray", "submitit_local"])
def test_a_signal_ends_a_launcher_s_workers_in_seconds(launcher, tmp_path):
    with subprocess.Popen(
        [
            sys.executable, "-m", "tests.configuration.sleeper", "--multirun", "seed=1,2",
            f"hydra/launcher={launcher}", f"results={tmp_path}",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:  # fmt: skip
        sleepers = _sleepers(process.pid)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 143
    assert time.monotonic() - began < 15
    assert said.splitlines()[-1].startswith("stopped by SIGTERM: what is recorded is kept")
    assert "Traceback" not in said
    assert not any(worker.is_running() and worker.status() != "zombie" for worker in sleepers)


def _sleepers(number: int) -> list[psutil.Process]:
    """Wait until both jobs sleep, and return all processes of a command."""
    for _ in range(300):
        workers = psutil.Process(number).children(recursive=True)
        if sum(worker.name() == "sleep" for worker in workers) == 2:
            return workers
        time.sleep(0.2)
    raise TimeoutError("no worker began within 60 s")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_ends_in_one_line(number, tmp_path, monkeypatch, capsys):
    def task(cfg):
        try:
            raise OSError(number, os.strerror(number))
        except OSError as error:
            raise RuntimeError("something of a library") from error

    monkeypatch.setattr(sys, "argv", ["task", f"results={tmp_path}"])
    with pytest.raises(SystemExit) as ending:
        command(task, "explore")
    assert ending.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: no room for the results: nothing is half written; make room")


@pytest.mark.parametrize("there", ["a file", "a file/inside"])
def test_results_that_cannot_be_written_are_refused_first(there, tmp_path, monkeypatch, capsys):
    (tmp_path / "a file").touch()
    monkeypatch.setattr(sys, "argv", ["task", f"results='{tmp_path / there}'"])
    with pytest.raises(SystemExit):
        command(lambda cfg: pytest.fail("it ran"), "explore")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: results cannot be written to {tmp_path / there}: ")
    assert "give results=PATH" in line
