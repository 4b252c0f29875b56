"""SIGINT and SIGTERM at random moments: one line, 130 or 143, and the same command goes on."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd

from .jobs import differences, explorations, wrong
from .kills import Undisturbed, in_turns
from .running import Ended, Run

#: Of so many, one is the command line as it is typed, from its very start.
TYPED_OF = 3


def signals(count: int, place: Path, rng: random.Random, processes: int) -> pd.DataFrame:
    """Return a row for each signal: what the command said, its status, and what became of it.

    Args:
        count: how many.
        place: a folder to work in.
        processes: how many runs at a time.
    """
    undisturbed = Undisturbed(explorations(place), place)
    whole = _typed(undisturbed, place / "typed", None, 0).seconds
    asked = []
    for number in range(count):
        typed = number % TYPED_OF == 0
        number_of = rng.choice((signal.SIGINT, signal.SIGTERM))
        moment = rng.uniform(0, whole if typed else undisturbed.seconds)
        where = place / f"signal-{number:03d}"
        asked.append(
            lambda w=where, s=number_of, m=moment, t=typed: _stopped(undisturbed, w, s, m, t)
        )
    return pd.DataFrame(in_turns(asked, processes, "signals"))


def _stopped(
    undisturbed: Undisturbed, place: Path, number: signal.Signals, moment: float, typed: bool
) -> dict[str, Any]:
    if typed:
        ended = _typed(undisturbed, place, number, moment)
    else:
        run = Run(undisturbed.job, place)
        time.sleep(moment)
        run.send(number)
        ended = run.ended()
    lines = ended.said.splitlines()
    done = ended.status == 0
    failed = done and wrong(differences(undisturbed.folder, place))
    again = Run(undisturbed.job, place).ended()
    counts = differences(undisturbed.folder, place)
    row = {
        "signal": number.name,
        "typed": typed,
        "moment": moment,
        "status": ended.status,
        "done": done,
        "seconds_to_end": ended.seconds - moment,
        # Before Python has begun, or after all is done, the system ends it without a word.
        "one_line": done
        or (ended.status == 128 + number and len(lines) <= 1 and "Traceback" not in ended.said),
        "spoke": bool(lines),
        "tracebacks": int(not ended.is_clean) + int(not again.is_clean),
        "status_after": again.status,
        "failed_with_0": int(failed or (again.status == 0 and wrong(counts))),
        "said": (ended.said + again.said)[:500],
        **counts,
    }
    if not counts.total():
        shutil.rmtree(place, ignore_errors=True)
    return row


def _typed(
    undisturbed: Undisturbed, place: Path, number: signal.Signals | None, moment: float
) -> Ended:
    """Run the command line, send it a signal, and return how it ended."""
    job = undisturbed.job
    words = [sys.executable, "-m", "eglass", job.name, *job.settings, f"results={place}"]
    # `all-targets` is many jobs; here it is to be one.
    words.append("hydra.mode=RUN")
    began = time.monotonic()
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    if number is not None:
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            process.send_signal(number)
    said, _ = process.communicate(timeout=300)
    status = process.returncode
    return Ended(status if status >= 0 else 128 - status, said, time.monotonic() - began)
