"""A claim, how it is judged on many records, and how many of all claims hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eglass.evaluation.statistics import interval, verdict, widened
from eglass.records import Record

#: A number, or what it is on a record.
Limit = float | Callable[[Record], float]


@dataclass(frozen=True)
class Claim:
    """One thing that the paper says, and how it is measured on one record.

    Attributes:
        text: what is claimed, in a sentence.
        source: where the paper says so.
        paper: the number that the paper has for it, in words.
        measure: a number for each record; NaN where the record cannot tell.
        better: +1 if the claim holds when the number is above `limit`, −1 if below.
        limit: beyond it the claim holds.
        chance: what the number would be if there were nothing in the claim: what random directions
            give, or 1 for a ratio of equals. Beyond it alone, the claim holds weakly.
        geometric: average by the geometric mean, as ratios must be.
        timed: a ratio of seconds, which differs between runs as well as between targets.
        unit: how the number is written, as a format of Python's.
    """

    text: str
    source: str
    paper: str
    measure: Callable[[Record], float]
    better: int
    limit: Limit
    chance: Limit | None = None
    geometric: bool = False
    timed: bool = False
    unit: str = "{:.2f}"


def assess(
    claims: Sequence[Claim],
    records: Sequence[Record],
    photograph: Record,
    *,
    resamples: int,
    confidence: float,
    between_runs: float,
    seed: int,
) -> pd.DataFrame:
    """Measure claims over the records of one problem: see `verdict` for what holds.

    Args:
        resamples, confidence, seed: of the bootstrap over the records.
        between_runs: standard deviation between runs of the logarithm of a ratio of seconds, by
            which the intervals of such claims are widened.

    Returns:
        One row a claim: problem, claim, source, paper, measured, low, high, limit, chance, holds,
        photograph, targets, unit.
    """
    rows = []
    for claim in claims:
        values = np.array([claim.measure(record) for record in records], dtype=float)
        values = values[np.isfinite(values)]
        found = interval(
            values, claim.geometric, resamples=resamples, confidence=confidence, seed=seed
        )
        if claim.timed:
            found = widened(*found, deviation=between_runs, confidence=confidence)
        measured, low, high = found
        limit, chance = (_on(photograph, level) for level in (claim.limit, claim.chance))
        assert limit is not None
        number = claim.unit.format
        rows.append(
            {
                "problem": photograph.meta["problem"]["name"],
                "claim": claim.text,
                "source": claim.source,
                "paper": claim.paper,
                "measured": measured,
                "low": low,
                "high": high,
                "limit": f"{'>' if claim.better > 0 else '<'} {number(limit)}",
                "chance": "" if chance is None else number(chance),
                "holds": verdict(low, high, claim.better, limit, chance),
                "photograph": claim.measure(photograph),
                "targets": len(values),
                "unit": claim.unit,
            }
        )
    return pd.DataFrame(rows)


def _on(record: Record, level: Limit | None) -> float | None:
    return level(record) if callable(level) else level


def overall(table: pd.DataFrame) -> pd.DataFrame:
    """Say of each claim whether it holds, over all problems and networks of a table.

    Args:
        table: a row a claim, problem and network, as `assess` returns it, and `network`.

    Returns:
        One row a claim, in the table's order: claim, source, holds. That is one verdict where all
        agree; else "NETWORK only" where it is yes on every problem of some networks alone, or
        "partly".
    """
    rows = [
        (text, source, _together(part["network"], part["holds"]))
        for (text, source), part in table.groupby(["claim", "source"], sort=False)
    ]
    return pd.DataFrame(rows, columns=["claim", "source", "holds"])


def _together(networks: Iterable[str], words: Iterable[str]) -> str:
    by_network: dict[str, set[str]] = {}
    for network, word in zip(networks, words):
        by_network.setdefault(network, set()).add(word)
    everywhere = set.union(*by_network.values())
    if len(everywhere) == 1:
        return everywhere.pop()
    whole = [network for network, found in by_network.items() if found == {"yes"}]
    return f"{' and '.join(whole)} only" if whole else "partly"


def tally(table: pd.DataFrame) -> dict[str, int]:
    """Return how many claims a table has in all (`total`), how many hold everywhere (`yes`), hold
    weakly everywhere (`weak`), hold nowhere (`no`), and how many are left (`differ`).
    """
    words = list(overall(table)["holds"])
    counts = {word: words.count(word) for word in ("yes", "weak", "no")}
    return {"total": len(words), **counts, "differ": len(words) - sum(counts.values())}


def in_words(table: pd.DataFrame) -> str:
    """Return what `tally` counts, as a sentence."""
    counts = tally(table)
    places = ["every problem"] if table["problem"].nunique() > 1 else []
    places += ["every network"] if table["network"].nunique() > 1 else []
    where = f" on {' and '.join(places)}" if places else ""
    said = [
        f"{counts['yes']} {_verb(counts['yes'], 'hold')}{where}",
        f"{counts['weak']} {_verb(counts['weak'], 'hold')} weakly",
        f"{counts['no']} {_verb(counts['no'], 'do')} not",
        f"{counts['differ']} {_verb(counts['differ'], 'differ')} or cannot be told",
    ]
    return f"Of {counts['total']} claims, {', '.join(said[:-1])}, and {said[-1]}."


def _verb(count: int, plural: str) -> str:
    return {"hold": "holds", "do": "does", "differ": "differs"}[plural] if count == 1 else plural


def measured_in_words(row: pd.Series[Any]) -> str:
    """Return what was measured of one claim, its interval, and over how many targets."""
    value, low, high = (row["unit"].format(row[name]) for name in ("measured", "low", "high"))
    return f"{value} [{low}, {high}], n = {row['targets']}"


def verdict_in_words(row: pd.Series[Any]) -> str:
    """Return whether one claim holds, beyond what limit, and what chance would give."""
    chance = f"; chance {row['chance']}" if row["chance"] else ""
    return f"{row['holds']} (if {row['limit']}{chance})"
