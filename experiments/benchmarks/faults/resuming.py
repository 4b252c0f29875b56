"""A long search is killed and goes on from its last checkpoint, as often as commands write them."""

from __future__ import annotations

import signal
import time
from datetime import timedelta
from pathlib import Path

import pandas as pd

from eglass.errors import InputError
from eglass.weights.checkpoints import CHECKPOINT_EVERY

from .jobs import differences, explorations, page_of, wrong
from .running import Job, Run

#: One exploration, nearly all of whose time is one search.
LONG = Job(
    "explore",
    "experiments.explore",
    "explore",
    (
        "inversion.scouts=0", "inversion.starts=8", "inversion.stop_at=null",
        "inversion.adaptation_steps=0", "explorer.bisections=2", "count=2", "perceptual=pixels",
        "walks.strip=[3]", "tracking=disabled",
    ),
)  # fmt: skip


def resumed(steps: int, place: Path) -> pd.DataFrame:
    """Return, of one search, at which step it was killed, and from which it went on.

    Args:
        steps: of the search; it is killed after two thirds of them, but not before a checkpoint is
            due.
        place: a folder to work in.

    Raises:
        InputError: they are too few for that.
    """
    place.mkdir(parents=True, exist_ok=True)
    small = (
        "explorer.K=[2,3]", "explorer.k=2", "problem.shown_K=[2]", f"inversion.steps={steps}",
        # Weights that no one has trained come no nearer.
        "problem.threshold=1",
    )  # fmt: skip
    weights = next(each for each in explorations(place).settings if "weights=" in each)
    job = page_of(Job(LONG.name, LONG.page, LONG.root, (*LONG.settings, *small, weights)))
    every = CHECKPOINT_EVERY / timedelta(seconds=1)
    undisturbed = Run(job, place / "undisturbed", checkpoint_every=every).ended(1800)
    if undisturbed.status:
        raise RuntimeError(undisturbed.said)
    notes, where = place / "notes", place / "killed"
    run = Run(job, where, checkpoint_every=every, notes=notes)
    while run.is_alive and (
        time.monotonic() - run.began < 1.5 * every or _last(notes) < steps * 2 / 3
    ):
        time.sleep(0.2)
    run.send(signal.SIGKILL)
    first = run.ended()
    killed_at = _last(notes)
    notes.unlink()
    again = Run(job, where, checkpoint_every=every, notes=notes).ended(1800)
    lines = [line.split() for line in notes.read_text().splitlines()]
    went_on = [int(line[1]) for line in lines if line[0] == "step"]
    if not went_on:
        raise InputError(
            f"a search of {steps} steps is over before a checkpoint is due: expected a larger "
            "bench.faults.long_steps"
        )
    counts = differences(place / "undisturbed", where)
    return pd.DataFrame(
        [
            {
                "steps": steps,
                "checkpoint_every": every,
                "killed_at": killed_at,
                "went_on_from": went_on[0],
                "seconds": undisturbed.seconds,
                "seconds_before": first.seconds,
                "seconds_after": again.seconds,
                "status": first.status,
                "status_after": again.status,
                "failed_with_0": int(again.status == 0 and wrong(counts)),
                "tracebacks": int(not first.is_clean) + int(not again.is_clean),
                **counts,
            }
        ]
    )


def _last(notes: Path) -> int:
    """Return the step that a search is at."""
    if not notes.exists():
        return 0
    steps = [line.split()[1] for line in notes.read_text().splitlines() if line.startswith("step")]
    return int(steps[-1]) if steps else 0
