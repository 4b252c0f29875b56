"""Write the tables of results in the README and in docs/ again from results: `make tables`.

A table stands between `<!-- table: name -->` and `<!-- end -->`. Behind its name, one of `TABLES`,
stands what it is of: `<!-- table: claims bundled -->` is from `results/bundled/claims.csv`. One
whose results are not there is left as it is, and named.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from eglass.evaluation.assessment import in_words, overall
from eglass.evaluation.comparison import SCORES, headings, worded
from eglass.workflows.claims import markdown, read

ROOT = Path(__file__).resolve().parents[1]
#: Results of long runs, stored.
DATA = ROOT / "docs" / "data"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
#: Profiles whose claims are put side by side.
PROFILES = ("bundled", "eyes", "phantoms")

_TABLE = re.compile(r"(<!-- table: ([a-z0-9_. -]+?) -->\n).*?(<!-- end -->)", re.S)


def claims(results: Path, profile: str) -> str:
    """Return every claim beside what was measured of one profile's network."""
    return markdown(_claims(results, profile))


def tally(results: Path, profile: str) -> str:
    """Return how many claims hold on one profile's network, as a sentence."""
    return in_words(_claims(results, profile))


def together(results: Path) -> str:
    """Return which claims hold where, on all networks."""
    found = pd.concat([_claims(results, profile) for profile in PROFILES])
    rows = overall(found)[["claim", "holds"]].assign(
        claim=lambda table: table["claim"].str.replace("|", r"\|")
    )
    return f"{in_words(found)}\n\n{rows.to_markdown(index=False, tablefmt='pipe')}"


def timing(results: Path, profile: str) -> str:
    """Return Table 1 of one profile: seconds to ten solutions."""
    found = pd.read_csv(results / profile / "table1_timing.csv")
    stages = ["inversion", "geometry", "exploration", "total"]
    shown = found.assign(
        problem=found["problem"].str.replace("_", " "),
        **{stage: found[stage].map(_seconds) for stage in stages},
        paper=found["paper_seconds"].map(lambda value: "" if pd.isna(value) else f"{value:,.0f}"),
        faster=found["speed_up"].map(lambda value: "" if pd.isna(value) else f"{value:.2g} ×"),
    )
    columns = ["problem", "protocol", "method", *stages, "faster", "targets", "paper"]
    return _written(shown[columns].rename(columns={"paper": "paper's seconds"}))


def comparison(results: Path, profile: str, threshold: str, count: str) -> str:
    """Return what every explorer came to, at one threshold and for one N."""
    found = pd.read_csv(results / profile / "comparison.csv")
    asked = found[(found["threshold"] == float(threshold)) & (found["count"] == int(count))]
    metric = "LPIPS"
    shown = worded(asked, metric)[["problem", "method", *headings(metric)]]
    shown = shown.rename(columns=lambda name: name.replace("|", r"\|"))
    return _written(shown.assign(problem=shown["problem"].str.replace("_", " ")))


def speed(results: Path, device: str) -> str:
    """Return what the benchmarks aim at, beside what they measured."""
    sys.path.insert(0, str(ROOT))
    from experiments.benchmarks.results import Result
    from experiments.benchmarks.summary import readme_table, written

    folder = ROOT / "experiments" / "benchmarks" / "results" / device
    return readme_table({name: Result.read(folder, name) for name in written(folder)})


def auroc(results: Path, device: str) -> str:
    """Return how well the verdict tells a generator's own images from foreign pictures."""
    found = _benchmark(device, "verdict").tables["summary"]
    shown = found.assign(
        problem=found["problem"].str.replace("_", " "),
        AUROC=found["auroc"].map("{:.3f}".format),
        **{
            f"{kind} called outside": found[f"{kind}_outside"].map("{:.0%}".format)
            for kind in ("own", "foreign")
        },
    )
    columns = ["generator", "problem", "verdict", "AUROC"]
    return _written(shown[[*columns, "own called outside", "foreign called outside"]])


def faults(results: Path, device: str) -> str:
    """Return what went wrong on purpose, and how often what must not happen did."""
    return _faults(device, "table")


def resumption(results: Path, device: str) -> str:
    """Return how a long search that was killed went on."""
    return _faults(device, "resumption")


def exact(_: Path) -> str:
    """Return how rare feasible images are, and how well their draws mix, as it was stored."""
    found = pd.read_csv(DATA / "exact.csv")
    found = found[found["target"].str.startswith("sample-")]
    good = (found["rhat"] <= 1.01) & (found[["ess_bulk", "ess_tail"]].min(axis=1) >= 400)
    grouped = found.assign(good=good).groupby(["problem", "threshold"], sort=False)
    rows = [
        {
            "problem": problem.replace("_", " "),
            "ℓ2 ≤": f"{threshold:g}",
            "targets": len(part),
            "R-hat ≤ 1.01, 400 draws": f"{part['good'].sum()} of {len(part)}",
            "log10 P": f"{part['log10_p'].median():.1f} "
            f"({part['log10_p'].min():.1f} to {part['log10_p'].max():.1f})",
            "its error": f"{part['log10_p_error'].median():.2f}",
            "runs apart": f"{part['runs_apart'].median():.2f} "
            f"({(part['runs_apart'] <= 0.3).sum()} of {len(part)} within 0.3)",
            "left to see": f"{part['left_to_see'].median():.0%}",
            "forward passes": f"{part['passes'].median():,.0f}",
            "seconds": f"{part['seconds'].median():.0f}",
        }
        for (problem, threshold), part in grouped
    ]
    return _written(pd.DataFrame(rows))


def bank(results: Path, device: str) -> str:
    """Return how many exact sets agree with a bank of the prior."""
    found = _benchmark(device, "bank").tables["summary"]
    rows = [
        {
            "problem": row.problem.replace("_", " "),
            "ℓ2 ≤": f"{row.threshold:g}",
            "sets that the bank has draws of": row.sets,
            "log10 P within two standard errors": f"{row.within_two} of {row.sets}",
            "runs within 0.3 decades": f"{row.close} of {row.sets}",
            "with 200 draws: not told apart (p > 0.01)": f"{row.not_told} of {row.compared}",
            "least p": "" if pd.isna(row.least_p) else f"{row.least_p:.3f}",
        }
        for row in found.itertuples()
    ]
    return _written(pd.DataFrame(rows))


def samplers(results: Path, device: str) -> str:
    """Return effective draws a thousand forward passes of every way to move."""
    found = _benchmark(device, "exact").tables["summary"]
    numbers = {
        name: heading.format(value)
        for value in ("latents", "measured")
        for name, heading in (
            (value, "{}"),
            (f"{value}_gain", "{}, × plain"),
            (f"{value}_spearman", "{}, Spearman"),
        )
    }
    shown = found.assign(
        problem=found["problem"].str.replace("_", " "),
        **{"ℓ2 ≤": found["threshold"].map("{:g}".format)},
        **{
            name: found[name].map(lambda value: "–" if pd.isna(value) else f"{value:.2g}")
            for name in numbers
        },
        passes=found["passes_a_move"].map("{:.1f}".format),
    )
    shown = shown[["problem", "ℓ2 ≤", "contender", *numbers, "passes"]]
    return _written(shown.rename(columns=numbers | {"passes": "passes a move"}))


def scoreboard(_: Path, threshold: str) -> str:
    """Return how near explorers come to exact draws at one threshold, as it was stored."""
    found = pd.read_csv(DATA / "scoreboard.csv")
    asked = found[found["threshold"] == float(threshold)]
    shown = worded(asked, "LPIPS", SCORES)[["method", *headings("LPIPS", SCORES)]]
    return _written(shown)


def calibration(_: Path) -> str:
    """Return ranks and coverage of truths among exact draws, as they were stored."""
    found = pd.read_csv(DATA / "calibration.csv")
    shown = found.assign(
        problem=found["problem"].str.replace("_", " "),
        statistic=found["statistic"].str.replace("_", " "),
        inside=found["inside"].map({True: "yes", False: "no"}),
        **{
            name: found[name].map(lambda value: "" if pd.isna(value) else f"{value:.3f}")
            for name in found.filter(regex="^(p_value|covered_|calibration_|error_)")
        },
    ).fillna("")
    return _written(shown.rename(columns=lambda name: name.replace("_", " ")))


TABLES: dict[str, Callable[..., str]] = {
    table.__name__: table
    for table in (
        claims,
        tally,
        together,
        timing,
        comparison,
        speed,
        auroc,
        faults,
        resumption,
        exact,
        bank,
        samplers,
        scoreboard,
        calibration,
    )
}


def current(page: str, results: Path) -> tuple[str, list[str]]:
    """Return a page with all of its tables as the results have them, and the tables left alone.

    Raises:
        KeyError: there is no table of such a name.
    """
    left: list[str] = []

    def written(found: re.Match[str]) -> str:
        name, *of = found[2].split()
        try:
            return f"{found[1]}{TABLES[name](results, *of)}\n{found[3]}"
        except FileNotFoundError:
            left.append(found[2])
            return found[0]

    return _TABLE.sub(written, page), left


def named(page: str) -> list[str]:
    """Return the tables that a page has."""
    return [name for _, name, _ in _TABLE.findall(page)]


def _faults(device: str, what: str) -> str:
    found = _benchmark(device, "faults")
    from experiments.benchmarks.faults import summary

    return str(getattr(summary, what)(found))


def _benchmark(device: str, name: str) -> Any:
    """Return what a benchmark stored."""
    sys.path.insert(0, str(ROOT))
    from experiments.benchmarks.results import Result

    folder = ROOT / "experiments" / "benchmarks" / "results" / device
    if not (folder / f"{name}.json").is_file():
        raise FileNotFoundError(folder / f"{name}.json")
    return Result.read(folder, name)


def _claims(results: Path, profile: str) -> pd.DataFrame:
    found = read(results / profile / "claims.csv")
    # Those of other networks stand beside.
    return found[found["profile"] == profile]


def _seconds(value: float) -> str:
    return f"{value:.3g}" if value else "–"


def _written(table: pd.DataFrame) -> str:
    return table.to_markdown(index=False, tablefmt="pipe", disable_numparse=True)


if __name__ == "__main__":
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        page, left = current(text, ROOT / "results")
        path.write_text(page, encoding="utf-8")
        for name in left:
            print(f"{path.relative_to(ROOT)}: no results of “{name}”; its table is left as it was")
