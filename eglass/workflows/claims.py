"""The claims table: each thing the paper says, beside what was measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from omegaconf import DictConfig

from eglass.evaluation.claims import assess, paper_claims, pulse_seconds
from eglass.evaluation.statistics import interval, verdict
from eglass.records import Record, names, whole_file
from eglass.workflows.recorded import Records


def table(cfg: DictConfig, records: Records, timings: list[Record]) -> pd.DataFrame:
    """Measure every claim, on both problems.

    Returns:
        What `assess` returns, and `profile` and `network`, whose images were measured.
    """
    settings = {
        "resamples": cfg.claims.resamples,
        "confidence": cfg.claims.confidence,
        "seed": cfg.seed,
    }
    parts = []
    for problem, by_target in records.items():
        photograph, *samples = by_target.values()
        claims = paper_claims(cfg.paper[problem], photograph.meta["perceptual"]["title"])
        found = assess(claims, samples, photograph, **settings)
        parts += [found, _speed_ups(cfg, problem, by_target, timings, settings)]
    everything = pd.concat(parts, ignore_index=True)
    return everything.assign(profile=cfg.profile.name, network=cfg.profile.title)


def beside(cfg: DictConfig) -> list[pd.DataFrame]:
    """Return the claims that the other profiles of `claims.beside` have measured, if they have."""
    found = []
    for profile in cfg.claims.beside:
        path = Path(cfg.results).parent / profile / "claims.csv"
        if profile != cfg.profile.name and path.is_file():
            everything = pd.read_csv(path)
            found.append(everything[everything["profile"] == profile])
    return found


def _speed_ups(
    cfg: DictConfig,
    problem: str,
    by_target: dict[str, Record],
    timings: list[Record],
    settings: dict[str, Any],
) -> pd.DataFrame:
    """Measure what the clock says of the two methods, in both protocols."""
    sequential, fast = names.PULSE.key, names.FAST_INVERSION.key
    ratios: dict[str, list[float]] = {sequential: [], fast: []}
    for record in timings:
        if record.meta["problem"]["name"] == problem:
            totals = record.tables["timing"].set_index("method")["total"]
            if record.meta["method"] == fast:
                ratio = pulse_seconds(by_target[record.meta["target"]["name"]]) / totals[fast]
            else:
                ratio = totals[sequential] / totals[names.EGLASS.key]
            ratios[record.meta["method"]].append(ratio)
    paper = cfg.paper[problem]
    speed = f"{paper.pulse_seconds / paper.eglass_seconds:.1f}"
    rows = []
    for method, text, source, reported, limit in (
        (sequential, "sequential PULSE over e-GLASS, equal budgets", "Table 1", speed, 5.0),
        (
            fast,
            "PULSE as one batch, ended once feasible, over e-GLASS with a fast inversion",
            "Table 1 (a stronger baseline)",
            f"{speed} (sequential)",
            1.0,
        ),
    ):
        if ratios[method]:
            measured, low, high = interval(np.array(ratios[method]), True, **settings)
            rows.append(
                {
                    "problem": problem,
                    "claim": f"Time to ten solutions: {text}",
                    "source": source,
                    "paper": reported,
                    "measured": measured,
                    "low": low,
                    "high": high,
                    "limit": f"> {limit:.2f}",
                    "holds": verdict(low, high, +1, limit),
                    "photograph": float("nan"),
                    "targets": len(ratios[method]),
                    "unit": "{:.2f}",
                }
            )
    return pd.DataFrame(rows)


def write(cfg: DictConfig, frame: pd.DataFrame) -> None:
    """Write the claims as CSV, and as Markdown: a table for each network."""
    path = Path(cfg.results) / "claims"
    with whole_file(path.with_suffix(".csv")) as draft:
        frame.to_csv(draft, index=False)
    tables = [
        f"## {str(network).capitalize()}\n\n{_markdown(part)}\n"
        for network, part in frame.groupby("network", sort=False)
    ]
    with whole_file(path.with_suffix(".md")) as draft:
        draft.write_text("\n".join(tables))


def _markdown(frame: pd.DataFrame) -> str:
    shown = frame.assign(
        claim=frame["claim"].str.replace("|", r"\|"),
        measured=frame.apply(_measured, axis=1),
        holds=frame["holds"] + " (" + frame["limit"] + ")",
    )
    by_problem = {
        str(problem).replace("_", " "): part.set_index("claim")[["paper", "measured", "holds"]]
        for problem, part in shown.groupby("problem", sort=False)
    }
    wide = pd.concat(by_problem, axis=1)
    wide.columns = [f"{problem}: {name}" for problem, name in wide.columns]
    return wide.to_markdown(tablefmt="pipe")


def _measured(row: pd.Series) -> str:
    measured, low, high = (row["unit"].format(row[name]) for name in ("measured", "low", "high"))
    return f"{measured} [{low}, {high}]"


def show(frame: pd.DataFrame) -> str:
    """Return the claims as a table for a terminal."""
    lines = []
    for problem, part in frame.groupby("problem", sort=False):
        lines.append(f"\n{str(problem).replace('_', ' ').capitalize()}")
        width = part["claim"].str.len().max()
        lines.append(f"  {'claim':{width}}  {'paper':>19}  {'measured [95 %]':>25}  holds if")
        for _, row in part.iterrows():
            claim, measured = f"{row['claim']:{width}}", f"{_measured(row):>25}"
            lines.append(
                f"  {claim}  {row['paper']:>19}  {measured}  {row['limit']:9} {row['holds']}"
            )
    return "\n".join(lines)
