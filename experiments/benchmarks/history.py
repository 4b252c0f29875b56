"""What became slower since the run before, with intervals, and what all runs measured. No torch."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import ttest_1samp, ttest_ind

from eglass.errors import InputError
from eglass.evaluation.statistics import widened
from eglass.records import whole_file

from .results import ALONE, EGLASS, FUSED, LIGHTNING, SAME_BUDGET, Result, each_of, machine

FILE = "history.csv"
RATIO, SECONDS = "ratio", "seconds"
SLOWER, FASTER, UNCHANGED = "slower", "faster", "no change seen"

#: Contenders of ours. A ratio with one of them below falls where ours become slower.
OURS = {FUSED, EGLASS, SAME_BUDGET, LIGHTNING}

#: Columns that tell the groups of a benchmark apart, in words.
_GROUPS = {"case": "{}", "count": "N = {}", "starts": "starts = {}"}
#: Settings that decide nothing of what a benchmark works at.
_ELSEWHERE = ("device", "records", "profile.name", "bench.aims", "bench.comparison")
#: So many lines at most say what became slower, and as many what became faster.
_LINES = 12

_ABOUT = ["date", "commit", "machine", "load", "benchmark", "quantity", "unit"]
_COMPARED = ["before", "change", "low", "high"]
COLUMNS = [*_ABOUT, "median", "q1", "q3", "runs", *_COMPARED, "said"]


def observed(found: Result) -> pd.DataFrame:
    """Return every ratio and every time of a benchmark, a row for each round.

    Returns:
        Columns quantity; unit, ratio or seconds; slower, +1 where more of it is slower of ours, −1
        where less is; seed, of the target where there are several; value.
    """
    runs, ratios = found.tables["runs"], found.tables["ratios"]
    if "contender" in runs:
        pairs = list(ratios[["over", "under"]].drop_duplicates().itertuples(index=False))
    else:
        runs = runs.assign(contender=runs["targets"].map(each_of))
        pairs = [(ALONE, each_of(count)) for count in ratios["targets"]]
    groups = [name for name in _GROUPS if name in runs]
    rounds = [name for name in ("seed", "repetition") if name in runs]
    wide = runs.pivot(index=[*groups, *rounds], columns="contender", values="seconds")
    parts = {
        (f"{over} / {under}", RATIO, 1 if over in OURS else -1): wide[over] / wide[under]
        for over, under in pairs
    }
    parts |= {(name, SECONDS, 1): wide[name] for name in runs["contender"].unique()}
    names = ["quantity", "unit", "slower"]
    table = pd.concat(parts, names=names).dropna().rename("value").reset_index()
    for group in reversed(groups):
        table["quantity"] = table[group].map(_GROUPS[group].format) + ": " + table["quantity"]
    return table.reindex(columns=[*names, "seed", "value"])


def compared(
    found: Iterable[Result],
    before: Mapping[str, Result],
    *,
    confidence: float,
    between_runs: Mapping[str, float],
) -> pd.DataFrame:
    """Set what was measured against what was stored before.

    Rounds are compared by t-intervals of the logarithm, over targets in pairs. These know nothing
    of what differs between runs, such as another processor under the same name, and are widened by
    that. Those of all ratios hold together, as do those of all seconds: each is at the level that
    Bonferroni asks for. Ratios carry over to another machine, and seconds do not.

    Args:
        before: what was stored, by the name of the benchmark.
        confidence: of all intervals of one unit together, between 0 and 1.
        between_runs: of ratio and of seconds, the standard deviation of the logarithm between two
            runs of the same code.

    Returns:
        One row for each quantity. date, commit, machine, load, benchmark, quantity, unit; median,
        q1, q3, runs; before, the median then; change, the factor by which ours take longer, with
        low and high; said, which is slower, faster, no change seen, or why it is not compared.
    """
    rows: list[list[Any]] = []
    pairs: dict[int, tuple[pd.DataFrame, pd.DataFrame]] = {}
    for each in found:
        older, why = _comparable(each, before.get(each.meta["benchmark"]))
        for (quantity, unit), new in observed(each).groupby(["quantity", "unit"], sort=False):
            if (quantity, unit) in older:
                pairs[len(rows)] = new, older[quantity, unit]
            about = [
                *(each.meta.get("date"), each.meta.get("commit"), machine(each)),
                *(each.meta["environment"]["machine"]["load"], each.meta["benchmark"]),
                *(quantity, unit, *new["value"].quantile([0.5, 0.25, 0.75]), len(new)),
            ]
            rows.append([*about, *[math.nan] * len(_COMPARED), why.get(unit, "new")])
    table = pd.DataFrame(rows, columns=COLUMNS)
    together = Counter(table.loc[list(pairs), "unit"])
    for row, (new, old) in pairs.items():
        unit = table.loc[row, "unit"]
        level = 1 - (1 - confidence) / together[unit]
        change, low, high = _change(new, old, level, between_runs[unit])
        table.loc[row, _COMPARED] = old["value"].median(), change, low, high
        table.loc[row, "said"] = _said(low, high)
    return table


def _said(low: float, high: float) -> str:
    if math.isnan(low):
        return "one round"
    return SLOWER if low > 1 else FASTER if high < 1 else UNCHANGED


def _comparable(
    now: Result, then: Result | None
) -> tuple[dict[tuple[str, str], pd.DataFrame], dict[str, str]]:
    """Return older rounds that newer ones can be set against, by quantity and unit; and why a unit
    cannot.
    """
    if then is None:
        return {}, {}
    if differ := _other_settings(now, then):
        return {}, dict.fromkeys((RATIO, SECONDS), f"other settings: {', '.join(differ)}")
    older = dict(list(observed(then).groupby(["quantity", "unit"])))
    if machine(now) == machine(then):
        return older, {}
    return {key: older[key] for key in older if key[1] == RATIO}, {SECONDS: "another machine"}


def _other_settings(now: Result, then: Result) -> list[str]:
    """Return the names of settings that make the two work at something else.

    One that only one of them knows is taken to be as it always was.
    """
    section = now.meta["benchmark"].split("_")[0]
    mine, other = (pd.json_normalize(each.meta["config"]).iloc[0] for each in (now, then))
    return [
        name
        for name in mine.index.intersection(other.index)
        if mine[name] != other[name]
        and not name.startswith(_ELSEWHERE)
        and not name.endswith(".repetitions")
        and (not name.startswith("bench.") or name.startswith(f"bench.{section}."))
    ]


def _change(
    new: pd.DataFrame, old: pd.DataFrame, confidence: float, between_runs: float
) -> tuple[float, float, float]:
    """Return the factor by which ours take longer, and its interval: the factor, low, high.

    One round alone does not say how far rounds are apart: the interval is NaN.
    """
    a, b = _logarithms(new), _logarithms(old)
    # A target that was solved in one of them alone is left out.
    samples = [(a - b).dropna()] if new["seed"].notna().all() else [a, b]
    middle = low = high = samples[0].mean() - sum(other.mean() for other in samples[1:])
    if min(map(len, samples)) < 2:
        return math.exp(middle), math.nan, math.nan
    if any(np.ptp(each) > 0 for each in samples):
        test = ttest_ind(a, b) if len(samples) == 2 else ttest_1samp(samples[0], 0)
        low, high = test.confidence_interval(confidence)
    factors = map(math.exp, (middle, low, high))
    return widened(*factors, deviation=math.sqrt(2) * between_runs, confidence=confidence)


def _logarithms(rows: pd.DataFrame) -> pd.Series:
    """Return how slow ours are, as a logarithm: for each target, or where there is one, round."""
    found = np.log(rows["value"]) * rows["slower"]
    return found.groupby(rows["seed"]).mean() if rows["seed"].notna().all() else found


def read(folder: Path) -> pd.DataFrame:
    """Return the history in a folder, the oldest run first; empty where there is none.

    Raises:
        InputError: what is there is no history.
    """
    path = folder / FILE
    if not path.is_file():
        return pd.DataFrame(columns=COLUMNS, dtype=object)
    with suppress(ValueError):  # As all of pandas's own are.
        if list(found := pd.read_csv(path)) == COLUMNS:
            return found
    raise InputError(
        f"{path} is no history of benchmarks: move it away, and the next run begins one"
    )


def append(folder: Path, table: pd.DataFrame) -> Path:
    """Add a run's rows to the history in a folder, and return its path."""
    path, runs = folder / FILE, read(folder)
    with whole_file(path) as draft:
        (pd.concat([runs, table]) if len(runs) else table).to_csv(
            draft, index=False, float_format="%.4g"
        )
    return path


def told(table: pd.DataFrame) -> str:
    """Return what became slower, what faster, and what cannot be compared, in a few lines."""
    return "\n".join(_lines(table))


def _lines(table: pd.DataFrame) -> Iterator[str]:
    judged = table[table["low"].notna()]
    for word in (SLOWER, FASTER):
        rows = judged[judged["said"] == word].sort_values("unit", kind="stable")
        for row in rows.head(_LINES).itertuples():
            unit = " s" * (row.unit == SECONDS)
            yield (
                f"{word}: {row.benchmark}, {row.quantity}: {row.before:.3g} → {row.median:.3g}"
                f"{unit}, {row.change:.3g} times as long [{row.low:.3g}, {row.high:.3g}]"
            )
        if len(rows) > _LINES:
            yield f"{word}: {len(rows) - _LINES} more, in {FILE}"
    if len(judged):
        same = judged["said"].eq(UNCHANGED).sum()
        yield f"no change seen in {same} of {len(judged)} ratios and times"
    for why, rows in table[table["low"].isna()].groupby("said", sort=False):
        yield f"not compared: {', '.join(rows['benchmark'].unique())} ({len(rows)}; {why})"
