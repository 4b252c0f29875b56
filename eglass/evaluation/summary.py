"""An exploration in numbers: what W&B sorts runs by, and what a sweep looks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from eglass.records import Method, Record

_STAGES = ("inversion", "geometry")


def _of_solutions(metric: str) -> dict[str, Callable[[pd.DataFrame], float]]:
    """Return what is said of one method's solutions, by name. An infeasible image gains nothing."""
    return {
        "l2_mean": lambda found: found["l2"].mean(),
        "l2_max": lambda found: found["l2"].max(),
        f"{metric}_mean": lambda found: found[metric].mean(),
        f"{metric}_gained": lambda found: found[metric].where(found["feasible"], 0.0).mean(),
        "feasible": lambda found: found["feasible"].mean(),
        "atypicality_mean": lambda found: found["atypicality"].mean(),
    }


def summarise(record: Record) -> dict[str, float]:
    """Return the numbers of one exploration.

    Returns:
        `inversion/l2` and `inversion/reached`; `seconds/…` of every stage; and for every method
        `…/l2_mean`, `…/l2_max`, `…/lpips_mean`, `…/lpips_gained` (where an infeasible image counts
        as 0; of another metric under its own key), `…/feasible` (a share) and
        `…/atypicality_mean`.
    """
    found = record.meta["inversion"]
    summary = {f"inversion/{name}": found[name] for name in ("l2", "reached")}
    for stage, seconds in record.meta["timings"].items():
        summary[f"seconds/{stage}"] = seconds
    for method, rows in record.tables["solutions"].groupby("method", sort=False):
        for name, number in _of_solutions(record.meta["perceptual"]["key"]).items():
            summary[f"{method}/{name}"] = float(number(rows))
    return summary


def numbers(methods: Iterable[Method], metric: str) -> list[str]:
    """Return the names of all numbers in the summary of an exploration by these methods.

    Args:
        metric: key of the perceptual metric.
    """
    keys = [method.key for method in methods]
    return [
        *(f"{method}/{name}" for method in keys for name in _of_solutions(metric)),
        *("inversion/l2", "inversion/reached"),
        *(f"seconds/{stage}" for stage in (*_STAGES, *keys)),
    ]
