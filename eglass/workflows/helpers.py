"""Processes that do work of this one's meanwhile, and end with it."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

#: Of prctl: the signal that the parent's death sends.
_PARENT_DIED = 1


@contextmanager
def helpers(task: Callable[[], object], count: int) -> Iterator[None]:
    """Have other processes do a task while this one does what is within.

    They are forked: they have all that this process has, and are silent. A task is something that
    this process can do as well: whatever keeps them from it, this process meets, and says. Where
    there is no safe forking, there are none.

    Args:
        task: what each of them does.
        count: how many there are.
    """
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    started = [
        context.Process(target=_help, args=(task, os.getpid()), daemon=True)
        for _ in range(count if sys.platform == "linux" else 0)
    ]
    for helper in started:
        helper.start()
    try:
        yield
    except BaseException:
        for helper in started:
            helper.terminate()
        raise
    finally:
        for helper in started:
            helper.join()


def _help(task: Callable[[], object], parent: int) -> None:
    # The parent ends its helpers: by a signal to them, or by dying itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGKILL)
    if os.getppid() != parent:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(nowhere, stream.fileno())
    with suppress(Exception):
        task()
