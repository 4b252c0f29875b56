"""Commands in processes of their own, and what ends them: at a moment, at a file, within one."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

#: What is done to a file or a folder, as Python's audit names it, and how many of its arguments
#: name one.
TOUCHES = {"open": 1, "os.rename": 2, "os.mkdir": 1, "os.remove": 1, "shutil.rmtree": 1}
#: Two folders are about to change places: this is looked up before.
EXCHANGE = ("ctypes.dlsym", "renameat2")
#: Imported once, before any process is forked off.
HEAVY = (
    "eglass.configuration", "eglass.workflows.all_targets", "eglass.workflows.claims",
    "eglass.workflows.figures", "eglass.workflows.one_image", "eglass.workflows.timing",
    "eglass.workflows.training", "torchvision",
)  # fmt: skip


@dataclass(frozen=True)
class Job:
    """A command: a page of `experiments`, and its settings.

    Attributes:
        name: of the command.
        page: the page's module.
        root: its root of `conf/`.
        settings: on its command line, but for where its results lie.
    """

    name: str
    page: str
    root: str
    settings: tuple[str, ...]


@dataclass(frozen=True)
class Ending:
    """What ends a process before its end.

    Attributes:
        how: `moment`, SIGKILL after so many seconds; `touch`, SIGKILL before it does the so-manieth
            thing to its results; `bytes`, when it writes more than so many into one file.
        at: how many.
    """

    how: str
    at: float


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Attributes:
        status: as a shell has it: 128 and the signal's number where one ended it.
        said: what it wrote.
        seconds: from its start to its end.
    """

    status: int
    said: str
    seconds: float

    @property
    def is_clean(self) -> bool:
        """Whether no traceback is in what it wrote."""
        return "Traceback (most recent call last)" not in self.said


class Run:
    """A command that runs in a process of its own.

    Args:
        job: the command.
        results: where its results lie.
        ending: what ends it before its end.
        checkpoint_every: seconds, in place of the project's.
        notes: a file to which it adds a line for every record that it computes, every step of a
            search, and everything that it does to its results.
    """

    def __init__(
        self,
        job: Job,
        results: Path,
        *,
        ending: Ending | None = None,
        checkpoint_every: float = 0.1,
        notes: Path | None = None,
    ):
        results.parent.mkdir(parents=True, exist_ok=True)
        self._log = results.parent / f"{results.name}-{time.monotonic_ns()}.log"
        self._ending = ending
        self.began = time.monotonic()
        self._process = _context().Process(
            target=_work, args=(job, results, self._log, ending, checkpoint_every, notes)
        )
        self._process.start()

    @property
    def is_alive(self) -> bool:
        """Whether it is still there."""
        return self._process.is_alive()

    def send(self, number: int) -> None:
        """Send a signal, if it is still there."""
        if self._process.is_alive() and self._process.pid is not None:
            os.kill(self._process.pid, number)

    def ended(self, patience: float = 300.0) -> Ended:
        """Wait for its end, or bring that about.

        Raises:
            TimeoutError: it does not end.
        """
        if self._ending is not None and self._ending.how == "moment":
            self._process.join(max(0.0, self.began + self._ending.at - time.monotonic()))
            self.send(signal.SIGKILL)
        self._process.join(patience)
        status = self._process.exitcode
        if status is None:
            self._process.kill()
            raise TimeoutError(f"a process did not end within {patience:.0f} s")
        seconds = time.monotonic() - self.began
        said = self._log.read_text(errors="replace") if self._log.exists() else ""
        self._log.unlink(missing_ok=True)
        return Ended(status if status >= 0 else 128 - status, said, seconds)


@lru_cache(maxsize=1)
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(HEAVY))
    return context


def _work(
    job: Job,
    results: Path,
    log: Path,
    ending: Ending | None,
    checkpoint_every: float,
    notes: Path | None,
) -> None:
    """Run a command as its command line does."""
    from importlib import import_module

    from eglass.configuration import command
    from eglass.weights import checkpoints

    with log.open("wb", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    checkpoints.CHECKPOINT_EVERY = timedelta(seconds=checkpoint_every)
    if notes is not None:
        _note(notes)
    page = import_module(job.page)
    at = int(ending.at) if ending is not None and ending.how == "touch" else None
    if at is not None or notes is not None:
        _watch(results, at, notes)
    if ending is not None and ending.how == "bytes":
        # Python would have an error of it; so it ends the process as it is.
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(ending.at), int(ending.at)))
    sys.argv = [job.name, *job.settings, f"results={results}"]
    command(page.main, job.root)


def _watch(results: Path, last: int | None, notes: Path | None) -> None:
    """Note everything that this process does to a folder, and have SIGKILL end it at the last."""
    done = 0

    def touches(event: str, given: tuple[Any, ...]) -> bool:
        if event == EXCHANGE[0]:
            return len(given) > 1 and given[1] == EXCHANGE[1]
        if event not in TOUCHES or (event == "open" and not _writes(given)):
            return False
        return any(f"{path}/".startswith(f"{results}/") for path in given[: TOUCHES[event]])

    def look(event: str, given: tuple[Any, ...]) -> None:
        nonlocal done
        if not touches(event, given):
            return
        done += 1
        if notes is not None:
            _say(notes, "touch", event)
        if last is not None and done >= last:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(look)


def _writes(opened: tuple[Any, ...]) -> bool:
    _, mode, flags = opened
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)) if mode is None else mode[0] != "r"


def _note(notes: Path) -> None:
    """Have this process say what it computes: each record, and each step of a search."""
    from eglass.inversion.minimisation import Minimisation
    from eglass.records import Record

    save, step = Record.save, Minimisation.training_step

    def noted_save(self: Record, folder: Path | str) -> None:
        _say(notes, "record", folder)
        save(self, folder)

    def noted_step(self: Minimisation, batch: Any, batch_idx: int) -> Any:
        _say(notes, "step", len(self.losses))
        return step(self, batch, batch_idx)

    Record.save = noted_save  # type: ignore[method-assign]
    Minimisation.training_step = noted_step  # type: ignore[method-assign]


def _say(notes: Path, *words: Any) -> None:
    # One write, so that those of several processes do not mix.
    with notes.open("a") as file:
        file.write(" ".join(map(str, words)) + "\n")
