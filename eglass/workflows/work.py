"""Records that are asked for: read back where they may be used, and else computed, each once."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout
from omegaconf import DictConfig

from eglass.files import is_shared
from eglass.progress import bar
from eglass.records import Origin, Reader, Record, Standing
from eglass.records.standing import USED
from eglass.workflows.recorded import say

#: Seconds from one look to the next at what another process computes.
LOOK_EVERY = 0.5
#: Seconds after which the lock of a machine that says nothing any more does not hold, on a file
#: system that machines share.
LEASE = 30.0


@dataclass(frozen=True)
class Work:
    """A record that is asked for.

    Attributes:
        name: for people.
        folder: where it is kept.
        origin: all that decides what it holds.
        compute: computes it, saves it there, and returns it.
        way: a folder of checkpoints that others go on from as well: one at a time computes with it.
    """

    name: str
    folder: Path
    origin: Origin
    compute: Callable[[], Record]
    way: Path | None = None


def workdir(cfg: DictConfig, origin: Origin) -> Path:
    """Return where the checkpoints are kept of what is being computed."""
    return Path(cfg.results) / "unfinished" / origin.fingerprint


def done(cfg: DictConfig, work: Sequence[Work], title: str) -> list[Record]:
    """Return all records, in their order; those that may not be used as they are are computed.

    What another process on this results folder computes meanwhile is waited for and read back.

    Args:
        title: what the progress is called.
    """
    found = dict(as_done(cfg, work, title))
    return [found[i] for i in sorted(found)]


def as_done(cfg: DictConfig, work: Sequence[Work], title: str) -> Iterator[tuple[int, Record]]:
    """Yield what `done` returns, each as soon as it is there, with its place in the order."""
    reader = Reader(cfg.records)
    found = [reader.read(each.folder, each.origin) for each in work]
    say(reader)
    for each, record in zip(work, found):
        if record is not None:
            # Whoever computed it may have died before its checkpoints were taken away.
            shutil.rmtree(workdir(cfg, each.origin), ignore_errors=True)
    yield from ((i, record) for i, record in enumerate(found) if record is not None)
    ahead = deque(i for i, record in enumerate(found) if record is None)
    elsewhere = 0
    with bar(total=len(work), initial=len(work) - len(ahead), desc=title) as progress:
        while ahead:
            for i in [i for i in ahead if _is_made(work[i])]:
                # By another process: what the bar says is of all of them.
                if (made := _made_meanwhile(work[i])) is not None:
                    ahead.remove(i)
                    progress.update()
                    yield i, made
            if not ahead:
                break
            i = ahead.popleft()
            each = work[i]
            # Once all that is left is elsewhere, the first of it is waited for.
            with _alone(cfg, each, wait=elsewhere > len(ahead)) as mine:
                if not mine:
                    elsewhere += 1
                    ahead.append(i)
                    continue
                progress.set_postfix_str(each.name)
                record = _made_meanwhile(each) or each.compute()
            elsewhere = 0
            progress.update()
            yield i, record


def help_with(cfg: DictConfig, work: Sequence[Work]) -> None:
    """Compute what no other process computes or has computed meanwhile, each once."""
    for each in work:
        with _alone(cfg, each, wait=False) as mine:
            if mine and not _is_made(each):
                each.compute()


def is_done(cfg: DictConfig, each: Work) -> bool:
    """Say whether there is a record that may be used as it is; its files are not looked into."""
    return each.origin.standing(each.folder) in USED[cfg.records]


def _is_made(each: Work) -> bool:
    return each.origin.standing(each.folder) is Standing.CURRENT


def _made_meanwhile(each: Work) -> Record | None:
    """Return the record that another process has made of the same origin and code."""
    return Reader("recompute").read(each.folder, each.origin)


def _lock(path: Path) -> BaseFileLock:
    """Return the lock of a record: the system's own, or a lease where machines share the folder.

    The system's own is gone with the process that held it; between machines it may not be seen.
    """
    if not is_shared(path):
        return FileLock(path.with_name(f"{path.name}.lock"))
    from filelock import SoftFileLease

    return SoftFileLease(path.with_name(f"{path.name}.lease"), lease_duration=LEASE)


@contextmanager
def _alone(cfg: DictConfig, each: Work, wait: bool) -> Iterator[bool]:
    """Keep other processes from computing the same, and say whether none does.

    A lock of a process that has died does not hold. Where the file system has no locks, or a lease
    runs out on a machine that is still at it, what two processes compute is computed twice, and the
    same.
    """
    place = Path(cfg.results)
    name = "-".join((each.way or each.folder).relative_to(place).parts)
    lock = _lock(place / ".locks" / name[-200:])
    try:
        Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=-1 if wait else 0, poll_interval=LOOK_EVERY)
    except Timeout:
        yield False
        return
    except NotImplementedError:
        yield True
        return
    try:
        yield True
    finally:
        lock.release()
