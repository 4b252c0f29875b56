"""What the benchmarks say, as Markdown, from their files alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pandas as pd

from eglass.errors import InputError
from eglass.records import UNTRAINED

from .results import (
    BATCHED,
    DOUBLE_BACKWARD,
    EGLASS,
    FLOOR,
    FUSED,
    SAME_BUDGET,
    SEQUENTIAL,
    Result,
    machine,
)

_HOW = (
    "Medians, and in brackets first and third quartile, over rounds in which all contenders take "
    "turns; ratios are taken within a round."
)

HISTORY_SECTION = """
## From run to run

What is aimed at, in every run so far: medians, and first to third quartile. `history.csv` has all
that was measured, and what was said of it against the run before.

![history](history.png)
"""


def written(folder: Path) -> list[str]:
    """Return the names of the benchmarks that are in a folder.

    Raises:
        InputError: there is none.
    """
    found = [name for name in BENCHMARKS if (folder / f"{name}.json").is_file()]
    if not found:
        raise InputError(f"no benchmark in {folder}: run `eglass bench` first")
    return found


def summary(results: Mapping[str, Result]) -> str:
    """Return a page: the machine, what is aimed at, and a table of each benchmark."""
    parts = ["# Benchmarks", _HOW, readme_table(results)]
    for name, found in results.items():
        _, table = BENCHMARKS[name]
        parts += [
            f"## {_words(name).capitalize()}",
            _machine(found),
            table(found),
            f"![{name}]({name}.png)",
        ]
    return "\n\n".join(parts) + "\n"


def _machine(found: Result) -> str:
    environment = found.meta["environment"]
    return (
        f"{machine(found)}, load average {environment['machine']['load']:g} in the last minute; "
        f"PyTorch {environment['versions']['torch']}, Python {environment['python']}."
    )


def readme_table(results: Mapping[str, Result]) -> str:
    """Return what is aimed at (`bench.aims`) beside what was measured, as Markdown."""
    rows = [row for name, found in results.items() for row in BENCHMARKS[name][0](found)]
    table = pd.DataFrame(rows, columns=["", "aim", "measured", "met"])
    return table.to_markdown(
        index=False, colalign=("left", "right", "right", "left"), disable_numparse=True
    )


Row = tuple[str, str, str, str]


def _aimed_geometry(found: Result) -> Iterator[Row]:
    aims = found.meta["config"]["bench"]["aims"]
    ratio = found.tables["ratios"].set_index(["case", "over", "under"])
    for case, about in found.tables["contenders"].groupby("case", sort=False):
        title = _title(about.iloc[0])
        for over, under, what, aim, better in (
            (DOUBLE_BACKWARD, FUSED, "double backward / ours", "fused", 1),
            (FUSED, FLOOR, "ours / floor", "floor", -1),
        ):
            if (case, over, under) in ratio.index:
                row = ratio.loc[(case, over, under)]
                yield _row(f"Both metrics, {title}: {what}", aims[aim], row, better)
        errors = about.set_index("contender").loc[FUSED, ["error_Y", "error_X"]].max()
        met = "yes" if errors < aims["error"] else "no"
        yield f"Both metrics, {title}: error", f"< {aims['error']:.0e}", f"{errors:.0e}", met


def _aimed_solutions(found: Result) -> Iterator[Row]:
    config = found.meta["config"]
    aims = config["bench"]["aims"]
    name = found.meta["benchmark"].removeprefix("solutions_")
    ratio = found.tables["ratios"].set_index(["count", "over", "under"])
    for count, over, under, aim in (
        (10, SEQUENTIAL, SAME_BUDGET, aims["sequential"][name]),
        (10, BATCHED, EGLASS, aims["ten"]),
        (100, BATCHED, EGLASS, aims["hundred"]),
    ):
        if (count, over, under) in ratio.index:
            title = config["problems"][name]["title"]
            what = f"{title}, {count} solutions: {over} / {under}"
            yield _row(what, aim, ratio.loc[(count, over, under)])


def _aimed_inversion(found: Result) -> Iterator[Row]:
    aim = found.meta["config"]["bench"]["aims"]["lightning"]
    for _, row in found.tables["ratios"].iterrows():
        yield _row(f"Inversion, {_starts(row['starts'])}: Lightning / bare loop", aim, row, -1)


def _aimed_targets(found: Result) -> Iterator[Row]:
    for _, row in found.tables["ratios"].iterrows():
        what = f"Seconds a target: one alone / each of {row['targets']:.0f}"
        yield _row(what, found.meta["config"]["bench"]["aims"]["many"], row)


def _row(what: str, aim: float, ratio: pd.Series, better: int = 1) -> Row:
    met = better * ratio["median"] >= better * aim
    return what, f"{'≥' if better > 0 else '≤'} {aim:g}", _spread(ratio), "yes" if met else "no"


def geometry_table(found: Result) -> str:
    """Seconds, ratio to the floor, memory and errors of each way to both metrics."""
    table = found.tables["contenders"].merge(found.tables["summary"], on=["case", "contender"])
    floor = table["contender"] == FLOOR
    floors = table[floor].set_index("case")["median"]
    shown = pd.DataFrame(
        {
            "generator": table.apply(_title, axis=1),
            "both metrics by": table["contender"],
            "seconds": table.apply(_spread, axis=1),
            "× floor": (table["median"] / table["case"].map(floors)).map("{:.2f}".format),
            "peak memory": (table["peak_bytes"] / 1e6).map("{:.0f} MB".format),
            "error of H_Y": table["error_Y"].map(_error),
            "error of H_X": table["error_X"].map(_error),
        }
    )
    rows = found.meta["config"]["bench"]["geometry"]["reverse_rows"]
    return "\n\n".join(
        (
            "Errors are relative to float64, in Frobenius norm, against the best approximation of "
            "the same rank. The floor is as many forward passes of generator and feature network "
            f"as there are dimensions. The reverse-mode Jacobian is timed on {rows or 'all'} rows "
            "of the features and multiplied up; its error is then not known.",
            _markdown(shown),
        )
    )


def solutions_table(found: Result) -> str:
    """Seconds to N solutions and their diversity; a row a method, a column an N."""
    cells = found.tables["summary"].merge(
        found.tables["diversity"], on=["count", "contender"], suffixes=("", "_diversity")
    )
    runs = found.tables["runs"].groupby(["contender", "count"])
    multiplied = runs["multiplied_up_from"].max().notna()
    cells["text"] = [
        ("–" if math.isnan(row["median"]) else f"{row['median']:.3g} s")
        + "*" * bool(multiplied[row["contender"], row["count"]])
        + ("" if math.isnan(row["median_diversity"]) else f", {row['median_diversity']:.2f}")
        for _, row in cells.iterrows()
    ]
    wide = cells.pivot(index="contender", columns="count", values="text")
    wide = wide.loc[cells["contender"].drop_duplicates()].add_prefix("N = ").reset_index()
    return "\n\n".join(
        (
            "Seconds, median over targets, and mean LPIPS between two solutions. * multiplied up "
            "from fewer solves or batches.",
            _markdown(wide.rename_axis(columns=None).rename(columns={"contender": ""})),
        )
    )


def inversion_table(found: Result) -> str:
    """Steps a second."""
    table = found.tables["summary"]
    shown = pd.DataFrame(
        {
            "": table["contender"],
            "starts": table["starts"],
            "steps a second": table.apply(_spread, axis=1),
        }
    )
    return _markdown(shown)


def targets_table(found: Result) -> str:
    """Seconds a target."""
    table = found.tables["summary"]
    run = found.tables["runs"].groupby("targets")["targets_run"].max()
    shown = pd.DataFrame(
        {
            "targets": table["targets"],
            "of which run": table["targets"].map(run),
            "seconds a target": table["median"].map("{:.3g}".format),
        }
    )
    return _markdown(shown)


def _markdown(table: pd.DataFrame) -> str:
    return table.to_markdown(index=False, disable_numparse=True)


def _title(row: pd.Series) -> str:
    return row["title"] + ("" if row["trained"] else f" ({UNTRAINED.split(':')[0]})")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _starts(count: int) -> str:
    return "one start" if count == 1 else f"{count} starts"


def _spread(row: pd.Series) -> str:
    middle = f"{row['median']:.3g}"
    return middle if row["runs"] < 2 else f"{middle} [{row['q1']:.3g}, {row['q3']:.3g}]"


def _error(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.0e}"


#: By the name of a benchmark's file: rows of what is aimed at, and the table of what was found.
BENCHMARKS: dict[str, tuple[Callable[[Result], Iterator[Row]], Callable[[Result], str]]] = {
    "geometry": (_aimed_geometry, geometry_table),
    "solutions_super_resolution": (_aimed_solutions, solutions_table),
    "solutions_inpainting": (_aimed_solutions, solutions_table),
    "inversion": (_aimed_inversion, inversion_table),
    "targets": (_aimed_targets, targets_table),
}
