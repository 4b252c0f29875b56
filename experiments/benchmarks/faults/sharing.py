"""Two and four processes on one folder: nothing computed twice, nothing lost, whoever dies."""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd

from eglass.progress import bar

from .jobs import differences, explorations, wrong
from .kills import Undisturbed
from .running import Run


def sharing(rounds: int, place: Path, rng: random.Random) -> pd.DataFrame:
    """Return a row for each round: how often records were computed, and what they came to.

    In every second round one of the processes is killed, and the others take over what it was at.

    Args:
        rounds: of two, and of four processes.
        place: a folder to work in.
    """
    undisturbed = Undisturbed(explorations(place, "samples.count=5"), place)
    asked = [(many, number) for many in (2, 4) for number in range(rounds)]
    return pd.DataFrame(
        [
            _round(undisturbed, place / f"{many}-{number}", many, number % 2 == 1, rng)
            for many, number in bar(asked, desc="processes on one folder")
        ]
    )


def _round(
    undisturbed: Undisturbed, place: Path, many: int, killing: bool, rng: random.Random
) -> dict[str, Any]:
    notes = place.with_name(f"{place.name}.notes")
    runs = [Run(undisturbed.job, place, notes=notes) for _ in range(many)]
    if killing:
        time.sleep(rng.uniform(0.3, 1.0) * undisturbed.seconds / many + 1)
        runs[0].send(signal.SIGKILL)
    ended = [run.ended() for run in runs]
    saved = [
        line.split()[1] for line in notes.read_text().splitlines() if line.startswith("record")
    ]
    counts = differences(undisturbed.folder, place)
    row = {
        "processes": many,
        "killed": int(killing),
        "statuses": " ".join(str(each.status) for each in ended),
        "records": len(set(saved)),
        # What the killed one was writing is written again.
        "twice": max(0, sum(n - 1 for n in Counter(saved).values()) - killing),
        "seconds": max(each.seconds for each in ended),
        "seconds_alone": undisturbed.seconds,
        "failed_with_0": int(wrong(counts) and all(each.status == 0 for each in ended)),
        "failed": sum(each.status not in (0, 137) for each in ended),
        "tracebacks": sum(not each.is_clean for each in ended),
        "said": "".join(each.said for each in ended)[:1000],
        **counts,
    }
    notes.unlink(missing_ok=True)
    if not counts.total():
        shutil.rmtree(place, ignore_errors=True)
    return row
