"""An exploration in numbers: what W&B sorts runs by, and what a sweep looks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import pandas as pd

from eglass.records import Record

#: What is said of one method's solutions, by name. An infeasible image gains no LPIPS.
_OF_SOLUTIONS: dict[str, Callable[[pd.DataFrame], float]] = {
    "l2_mean": lambda found: found["l2"].mean(),
    "l2_max": lambda found: found["l2"].max(),
    "lpips_mean": lambda found: found["lpips"].mean(),
    "lpips_gained": lambda found: found["lpips"].where(found["feasible"], 0.0).mean(),
    "feasible": lambda found: found["feasible"].mean(),
    "atypicality_mean": lambda found: found["atypicality"].mean(),
}
_STAGES = ("inversion", "geometry")


def summarise(record: Record) -> dict[str, float]:
    """Return the numbers of one exploration.

    Returns:
        `inversion/l2` and `inversion/reached`; `seconds/…` of every stage; and for every method
        `…/l2_mean`, `…/l2_max`, `…/lpips_mean`, `…/lpips_gained` (where an infeasible image
        counts as 0), `…/feasible` (a share) and `…/atypicality_mean`.
    """
    summary = {f"inversion/{name}": value for name, value in record.meta["inversion"].items()}
    for stage, seconds in record.meta["timings"].items():
        summary[f"seconds/{key(stage)}"] = seconds
    for method, found in record.tables["solutions"].groupby("method", sort=False):
        for name, number in _OF_SOLUTIONS.items():
            summary[f"{key(str(method))}/{name}"] = float(number(found))
    return summary


def names(methods: Iterable[str]) -> list[str]:
    """Return the names of all numbers in the summary of an exploration by these methods."""
    keys = [key(method) for method in methods]
    return [
        *(f"{method}/{name}" for method in keys for name in _OF_SOLUTIONS),
        *("inversion/l2", "inversion/reached"),
        *(f"seconds/{stage}" for stage in (*_STAGES, *keys)),
    ]


def key(name: str) -> str:
    """Return a name of letters, digits and underscores: W&B filters and sorts by no other."""
    return re.sub(r"\W+", "_", name, flags=re.ASCII)
