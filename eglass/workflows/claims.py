"""The claims table: each thing the paper says, beside what was measured."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from omegaconf import DictConfig

from eglass.evaluation.assessment import (
    Claim,
    assess,
    in_words,
    measured_in_words,
    verdict_in_words,
)
from eglass.evaluation.claims import paper_claims, pulse_seconds
from eglass.records import Record, names, whole_file
from eglass.workflows.recorded import Records


def table(cfg: DictConfig, records: Records, timings: list[Record]) -> pd.DataFrame:
    """Measure every claim, on both problems, over the samples.

    Returns:
        What `assess` returns, and `profile` and `network`, whose images were measured.
    """
    parts = []
    for problem, by_target in records.items():
        photograph, *samples = by_target.values()
        metric = photograph.meta["perceptual"]["title"]
        claims = [
            *paper_claims(cfg.paper[problem], metric, visible=cfg.claims.visible),
            *clock_claims(cfg, problem, by_target, timings),
        ]
        found = assess(
            claims,
            samples,
            photograph,
            resamples=cfg.claims.resamples,
            confidence=cfg.claims.confidence,
            between_runs=cfg.claims.between_runs,
            seed=cfg.seed,
        )
        parts.append(found)
    everything = pd.concat(parts, ignore_index=True)
    return everything.assign(profile=cfg.profile.name, network=cfg.profile.title)


def beside(cfg: DictConfig) -> list[pd.DataFrame]:
    """Return the claims that the other profiles of `claims.beside` have measured, if they have."""
    found = []
    for profile in cfg.claims.beside:
        path = Path(cfg.results).parent / profile / "claims.csv"
        if profile != cfg.profile.name and path.is_file():
            everything = read(path)
            # Claims of before chance was named are other claims.
            if "chance" in everything:
                found.append(everything[everything["profile"] == profile])
    return found


def read(path: Path) -> pd.DataFrame:
    """Return the claims that `write` wrote as CSV."""
    return pd.read_csv(path, dtype={"chance": str}).fillna({"chance": ""})


def clock_claims(
    cfg: DictConfig, problem: str, by_target: dict[str, Record], timings: list[Record]
) -> list[Claim]:
    """Return what is claimed of seconds that were timed apart, in both protocols; what was not
    timed, nothing is claimed of.
    """
    sequential, fast = names.PULSE.key, names.FAST_INVERSION.key
    ratios: dict[str, dict[str, float]] = {sequential: {}, fast: {}}
    for record in timings:
        if record.meta["problem"]["name"] == problem:
            target, method = record.meta["target"]["name"], record.meta["method"]
            totals = record.tables["timing"].set_index("method")["total"]
            if method == fast:
                ratio = pulse_seconds(by_target[target]) / totals[fast]
            else:
                ratio = totals[sequential] / totals[names.EGLASS.key]
            ratios[method][target] = ratio
    paper = cfg.paper[problem]
    speed = paper.pulse_seconds / paper.eglass_seconds
    claims = {
        # As fast as the paper says is yes; merely faster is weakly so.
        sequential: _clock(
            "sequential PULSE over e-GLASS, equal budgets",
            "Table 1",
            f"{speed:.1f}",
            ratios[sequential],
            speed,
            chance=1.0,
        ),
        fast: _clock(
            "PULSE as one batch, ended once feasible, over e-GLASS with a fast inversion",
            "Table 1 (a stronger baseline)",
            f"{speed:.1f} (sequential)",
            ratios[fast],
            1.0,
        ),
    }
    return [claim for method, claim in claims.items() if ratios[method]]


def _clock(
    text: str,
    source: str,
    paper: str,
    ratios: dict[str, float],
    limit: float,
    chance: float | None = None,
) -> Claim:
    """Return a claim on ratios of seconds, by target."""
    return Claim(
        f"Time to ten solutions: {text}",
        source,
        paper,
        lambda record: ratios.get(record.meta["target"]["name"], float("nan")),
        +1,
        limit,
        chance,
        geometric=True,
        timed=True,
    )


def write(cfg: DictConfig, frame: pd.DataFrame) -> None:
    """Write the claims as CSV, and as Markdown: a table for each network."""
    path = Path(cfg.results) / "claims"
    with whole_file(path.with_suffix(".csv")) as draft:
        frame.to_csv(draft, index=False)
    tables = [
        f"## {str(network).capitalize()}\n\n{markdown(part)}\n\n{in_words(part)}\n"
        for network, part in frame.groupby("network", sort=False)
    ]
    with whole_file(path.with_suffix(".md")) as draft:
        draft.write_text("\n".join(tables))


def markdown(frame: pd.DataFrame) -> str:
    """Return the claims of one network as a Markdown table, a row a claim."""
    shown = frame.assign(
        claim=frame["claim"].str.replace("|", r"\|"),
        measured=frame.apply(measured_in_words, axis=1),
        holds=frame.apply(verdict_in_words, axis=1),
    )
    by_problem = {
        str(problem).replace("_", " "): part.set_index("claim")[["paper", "measured", "holds"]]
        for problem, part in shown.groupby("problem", sort=False)
    }
    wide = pd.concat(by_problem, axis=1)
    wide.columns = [f"{problem}: {name}" for problem, name in wide.columns]
    return wide.to_markdown(tablefmt="pipe")


def show(frame: pd.DataFrame) -> str:
    """Return the claims as a table for a terminal."""
    lines = []
    for problem, part in frame.groupby("problem", sort=False):
        lines.append(f"\n{str(problem).replace('_', ' ').capitalize()}")
        width = part["claim"].str.len().max()
        lines.append(f"  {'claim':{width}}  {'paper':>19}  {'measured [95 %]':>33}  holds")
        for _, row in part.iterrows():
            claim, measured = f"{row['claim']:{width}}", f"{measured_in_words(row):>33}"
            lines.append(f"  {claim}  {row['paper']:>19}  {measured}  {verdict_in_words(row)}")
    return "\n".join([*lines, "", in_words(frame)])
