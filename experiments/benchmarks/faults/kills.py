"""Kills: SIGKILL at random moments, before random things done to files, and in the middle of one.

Each is followed by the same command again, whose results must be those of an undisturbed run.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd

from eglass.progress import bar

from .jobs import (
    OTHER,
    REPRODUCTION,
    TRAINING,
    copied,
    differences,
    explorations,
    page_of,
    same,
    timed,
    wrong,
)
from .jobs import records as records_in
from .running import Ending, Job, Run

#: Of ten kills, how many are of which kind.
KINDS = ("moment",) * 4 + ("touch",) * 4 + ("bytes",) * 2
#: The shortest and the longest file that a process may write before it is ended, in bytes.
BYTES = (100, 1_000_000)


class Undisturbed:
    """A job's results where nothing disturbs it, and what it takes.

    Attributes:
        job: the job.
        folder: its results.
        seconds: how long it takes.
        touches: how many things it does to files.
        steps: how many steps its searches take.
        older: results of another configuration, which it replaces; none for most jobs.
    """

    def __init__(self, job: Job, place: Path, other: str | None = None):
        self.job = page_of(job)
        self.folder = place / job.name
        # The first one also imports what the next ones find imported.
        Run(self.job, place / f"{job.name}-warm").ended()
        ended = Run(self.job, self.folder, notes=place / "notes").ended()
        if ended.status:
            raise RuntimeError(ended.said)
        noted = (place / "notes").read_text().splitlines()
        (place / "notes").unlink()
        self.seconds = ended.seconds
        self.touches = sum(line.startswith("touch") for line in noted)
        self.steps = sum(line.startswith("step") for line in noted)
        self.older: Path | None = None
        if other is not None:
            self.older = place / f"{job.name}-older"
            before = Job(job.name, self.job.page, job.root, (*job.settings, other))
            Run(before, self.older).ended()


def endings(undisturbed: Undisturbed, count: int, rng: random.Random) -> Iterator[Ending]:
    """Yield ends of a process: at moments, at things done to files, within files."""
    for i in range(count):
        how = KINDS[i % len(KINDS)]
        if how == "moment":
            yield Ending(how, rng.uniform(0, 0.9 * undisturbed.seconds))
        elif how == "touch":
            yield Ending(how, rng.randint(1, int(0.9 * undisturbed.touches)))
        else:
            least, most = BYTES
            yield Ending(how, int(least * (most / least) ** rng.random()))


def kill(undisturbed: Undisturbed, ending: Ending, place: Path, over: bool) -> dict[str, Any]:
    """End a run, let the same command go on, and return a row: what was lost, what changed.

    Args:
        place: of its results, which are taken away in the end if all went well.
        over: whether there are older results, which it replaces.
    """
    if over and undisturbed.older is not None:
        copied(undisturbed.older, place)
    notes = place.with_name(f"{place.name}.notes")
    first = Run(undisturbed.job, place, ending=ending, notes=notes).ended()
    steps, expected = _steps(notes), records_in(undisturbed.folder)
    there = records_in(place)
    older = records_in(undisturbed.older) if over and undisturbed.older is not None else {}
    # At no moment is there neither.
    neither = sum(there.get(name) is None for name in older)
    good = [
        name for name, found in there.items() if found and name in expected
        and (timed(name) or same(found, expected[name]))  # type: ignore[arg-type]
    ]  # fmt: skip
    drafts = len(list(place.rglob(".draft-*"))) if place.exists() else 0
    notes.unlink(missing_ok=True)
    again = Run(undisturbed.job, place, notes=notes).ended()
    counts = differences(undisturbed.folder, place)
    twice = sum(str(place / name) in notes.read_text().split() for name in good)
    row = {
        "job": undisturbed.job.name,
        "over_older": bool(older),
        "how": ending.how,
        "at": ending.at,
        "status": first.status,
        "killed": first.status in (137, 153),
        "kept": len(good),
        "drafts": drafts,
        "neither": neither,
        "steps_before": steps,
        "steps_after": _steps(notes),
        "steps_undisturbed": undisturbed.steps,
        "status_after": again.status,
        "failed_with_0": int(again.status == 0 and wrong(counts)),
        "twice": twice,
        "tracebacks": int(not first.is_clean) + int(not again.is_clean),
        "said": (first.said + again.said)[-500:],
        **counts,
    }
    notes.unlink(missing_ok=True)
    if not counts.total() and not again.status:
        shutil.rmtree(place, ignore_errors=True)
    return row


def kills(counts: dict[str, int], place: Path, rng: random.Random, processes: int) -> pd.DataFrame:
    """Return a row for every kill.

    Args:
        counts: how many, by the job's name.
        place: a folder to work in.
        processes: how many runs at a time.
    """
    asked: list[Callable[[], dict[str, Any]]] = []
    for job, other in ((explorations(place), OTHER), (TRAINING, None), (REPRODUCTION, None)):
        if not counts.get(job.name.replace("-", "_")):
            continue
        undisturbed = Undisturbed(job, place, other)
        for i, ending in enumerate(endings(undisturbed, counts[job.name.replace("-", "_")], rng)):
            where, over = place / f"{job.name}-{i:03d}", other is not None and i % 3 == 2
            asked.append(lambda u=undisturbed, e=ending, w=where, o=over: kill(u, e, w, o))  # type: ignore[misc]
    return pd.DataFrame(in_turns(asked, processes, "kills"))


def in_turns(asked: Sequence[Callable[[], Any]], processes: int, title: str) -> list[Any]:
    """Return what some functions return, so many of which run at a time."""
    with ThreadPoolExecutor(processes) as pool:
        return list(bar(pool.map(lambda each: each(), asked), total=len(asked), desc=title))


def _steps(notes: Path) -> int:
    if not notes.exists():
        return 0
    return sum(line.startswith("step") for line in notes.read_text().splitlines())
