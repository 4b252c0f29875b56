"""Being stopped: a signal ends a command, and its workers, in one line."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import psutil

#: Seconds that workers get to end by themselves.
PATIENCE = 5.0


class Stopped(BaseException):
    """A signal asks this process to end. Not an `Exception`: nothing is to go on after it.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int):
        super().__init__(number)
        self.number = number

    @property
    def name(self) -> str:
        return signal.Signals(self.number).name


class StoppedWaiting(Stopped, KeyboardInterrupt):
    """Where this process waits for a launcher's: Ray's wait goes on after anything else.

    Where it computes, Lightning would take a KeyboardInterrupt for its own.
    """


@contextmanager
def stoppable(raised: type[Stopped] = Stopped) -> Iterator[None]:
    """Raise `Stopped` within, where SIGINT or SIGTERM comes; a second one ends all at once.

    Args:
        raised: which kind of it.
    """
    if threading.current_thread() is not threading.main_thread():
        # Signals come to the main thread alone.
        yield
        return
    seen: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        if seen:
            os._exit(128 + number)
        seen.append(number)
        raise raised(number)

    after = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except (Stopped, KeyboardInterrupt, SystemExit) as error:
        # Ray raises a KeyboardInterrupt of its own in place of ours, and takes SIGTERM for itself.
        if f"Exit code: {signal.SIGTERM:d}" in getattr(error, "ray_terminate_msg", ""):
            seen.append(signal.SIGTERM)
        if not seen:
            raise
        after = dict.fromkeys(after, signal.SIG_DFL)
        if isinstance(error, Stopped):
            raise
        raise raised(seen[0]) from None
    finally:
        for number, handler in after.items():
            signal.signal(number, handler)


def end_workers() -> None:
    """End the processes that this one has started, launchers' workers among them."""
    workers = psutil.Process().children(recursive=True)
    for worker in workers:
        _signal(worker, signal.SIGTERM)
    for worker in psutil.wait_procs(workers, timeout=PATIENCE)[1]:
        _signal(worker, signal.SIGKILL)


def _signal(worker: psutil.Process, number: int) -> None:
    try:
        worker.send_signal(number)
    except psutil.NoSuchProcess:
        return
