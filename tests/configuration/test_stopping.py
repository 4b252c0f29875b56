"""A signal ends a command, and its workers, in one line; so does a disk that takes nothing."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys

import psutil
import pytest

from eglass.configuration import command
from eglass.configuration.stopping import Stopped, stoppable


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
