"""Figures and a summary of the benchmarks, from their files alone.

For example:

    eglass bench-figures
    eglass bench-figures device=cuda
    eglass bench-figures results=elsewhere
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator
from omegaconf import DictConfig

from eglass.configuration import command
from eglass.records import UNTRAINED, whole_file
from eglass.reporting.figures import BLUE, OCHRE, PURPLE, RED, STYLE, WIDTH, save
from eglass.reporting.pages import GREY, INK

from .history import RATIO, read
from .results import (
    ALONE,
    BARE,
    BATCHED,
    DOUBLE_BACKWARD,
    EGLASS,
    FLOOR,
    FUSED,
    LIGHTNING,
    SAME_BUDGET,
    SEQUENTIAL,
    Result,
)
from .summary import BENCHMARKS, HISTORY_SECTION, summary, written

#: Ratios that are aimed at, of those in the history.
AIMED = "|".join(
    (
        rf".*: ({DOUBLE_BACKWARD} / {FUSED}|{FUSED} / {FLOOR}|{LIGHTNING} / {BARE})",
        rf"N = 100?: {BATCHED} / {EGLASS}",
        rf"N = 10: {SEQUENTIAL} / {SAME_BUDGET}",
        rf"{ALONE} / .*",
    )
)

METHODS = {
    SEQUENTIAL: (BLUE, "--"),
    BATCHED: (BLUE, "-"),
    SAME_BUDGET: (RED, "--"),
    EGLASS: (RED, "-"),
}


@style.context(STYLE)
def geometry_figure(found: Result) -> Figure:
    """Seconds, memory and error of every way to both metrics; a panel a generator."""
    contenders = found.tables["contenders"]
    cases = list(contenders.groupby("case", sort=False))
    heights = [len(rows) for _, rows in cases]
    figure = Figure(figsize=(WIDTH, 0.5 + 0.25 * sum(heights)), layout="constrained")
    panels = figure.subplots(len(cases), 1, squeeze=False, height_ratios=heights)[:, 0]
    seconds = found.tables["summary"].set_index(["case", "contender"])
    for axes, (case, rows) in zip(panels, cases):
        times = seconds.loc[case].loc[rows["contender"]]
        order = times["median"].argsort()[::-1]
        times, rows = times.iloc[order], rows.iloc[order]
        colors = [RED if name == FUSED else INK for name in times.index]
        _bars(axes, times, colors)
        floor = times.loc[FLOOR, "median"]
        axes.axvline(floor, color=GREY, linewidth=0.8, linestyle="--", zorder=0)
        axes.set(xscale="log", yticks=range(len(times)), yticklabels=times.index)
        for place, text in enumerate(map(_facts, rows.itertuples(), times["median"])):
            x = axes.get_yaxis_transform()
            axes.text(1.01, place, text, transform=x, va="center", fontsize=6.5, color=INK)
        note = "" if rows["trained"].all() else f"   ({UNTRAINED})"
        axes.set_title(rows["title"].iloc[0] + note)
        axes.grid(axis="x")
    panels[0].text(
        1.01, 1.02, "seconds · peak memory · error", transform=panels[0].transAxes, fontsize=6.5
    )
    panels[-1].set_xlabel("seconds for both metrics: median, and first to third quartile")
    return figure


def _facts(row, seconds: float) -> str:
    memory = f"{row.peak_bytes / 1e6:.0f} MB"
    worst = max(row.error_Y, row.error_X)
    return f"{seconds:.3g} s · {memory}" + ("" if pd.isna(worst) else f" · {worst:.0e}")


def _bars(axes: Axes, times: pd.DataFrame, colors: list[str]) -> None:
    for place, (row, color) in enumerate(zip(times.itertuples(), colors)):
        axes.plot([row.q1, row.q3], [place, place], color=color, linewidth=3, alpha=0.35)
        axes.plot(row.median, place, "o", color=color, markersize=4)
    axes.set_ylim(-0.6, len(times) - 0.4)


@style.context(STYLE)
def solutions_figure(found: Result) -> Figure:
    """Seconds to N solutions, and how much they differ."""
    figure = Figure(figsize=(WIDTH, 2.7), layout="constrained")
    times, differ = figure.subplots(1, 2)
    for method, (color, line) in METHODS.items():
        for axes, rows in ((times, found.tables["summary"]), (differ, found.tables["diversity"])):
            of = rows[rows["contender"] == method].dropna(subset="median")
            axes.plot(of["count"], of["median"], line, color=color, marker="o", markersize=3)
            axes.fill_between(of["count"], of["min"], of["max"], color=color, alpha=0.12, lw=0)
    times.set(title=_problem(found), ylabel="seconds", yscale="log")
    differ.set(title="Diversity", ylabel="mean LPIPS between two")
    differ.set_ylim(0, 1.1 * max(0.1, differ.dataLim.y1))
    for axes in (times, differ):
        axes.set(xlabel="feasible solutions $N$", xscale="log")
        axes.grid()
    differ.set_xlim(times.get_xlim())
    figure.legend(times.lines, METHODS, loc="outside lower center", ncols=2, handlelength=3)
    return figure


def _problem(found: Result) -> str:
    name = found.meta["benchmark"].removeprefix("solutions_")
    return found.meta["config"]["problems"][name]["title"]


@style.context(STYLE)
def inversion_figure(found: Result) -> Figure:
    """Steps a second of the Lightning search and of a bare loop, by the number of starts."""
    figure = Figure(figsize=(WIDTH / 2, 2.2), layout="constrained")
    axes = figure.subplots()
    rows = found.tables["summary"].sort_values(["starts", "contender"], ascending=False)
    labels = [
        f"{row.contender}, {row.starts} start{'s' * (row.starts > 1)}" for row in rows.itertuples()
    ]
    _bars(axes, rows, [RED if name == LIGHTNING else INK for name in rows["contender"]])
    axes.set(yticks=range(len(rows)), yticklabels=labels, xlim=(0, None))
    axes.set(xlabel="steps a second: median, and first to third quartile")
    axes.grid(axis="x")
    return figure


@style.context(STYLE)
def targets_figure(found: Result) -> Figure:
    """Seconds a target, by stage; a bar for each number of targets."""
    figure = Figure(figsize=(WIDTH / 2, 2.2), layout="constrained")
    axes = figure.subplots()
    stages = {"inversion": PURPLE, "geometry": OCHRE, "exploration": RED}
    means = found.tables["runs"].groupby("targets", sort=False)[list(stages)].mean()
    labels = [f"{count} target{'s' * (count > 1)}" for count in means.index]
    left = pd.Series(0.0, means.index)
    for stage, color in stages.items():
        axes.barh(labels, means[stage], left=left, color=color, height=0.6, label=stage)
        left = left + means[stage]
    axes.invert_yaxis()
    axes.set(xlabel="seconds a target")
    axes.grid(axis="x")
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def again(history: pd.DataFrame) -> pd.DataFrame:
    """Return what is aimed at, of the benchmarks that were run more than once."""
    aimed = history[(history["unit"] == RATIO) & history["quantity"].str.fullmatch(AIMED)]
    return aimed[aimed.groupby("benchmark")["date"].transform("nunique") > 1]


@style.context(STYLE)
def history_figure(aimed: pd.DataFrame) -> Figure:
    """What is aimed at, from run to run; a panel a benchmark."""
    panels = list(aimed.groupby("benchmark", sort=False))
    figure = Figure(figsize=(WIDTH, 1.3 * len(panels)), layout="constrained")
    for axes, (benchmark, rows) in zip(figure.subplots(len(panels), squeeze=False)[:, 0], panels):
        dates = list(rows["date"].unique())
        for quantity, row in rows.groupby("quantity", sort=False):
            at = row["date"].map(dates.index)
            (line,) = axes.plot(at, row["median"], marker="o", markersize=3, label=quantity)
            axes.vlines(at, row["q1"], row["q3"], color=line.get_color(), alpha=0.35, linewidth=3)
        axes.set(title=benchmark.replace("_", " "), yscale="log", xticks=range(len(dates)))
        axes.set_xticklabels([date[:10] for date in dates])
        axes.yaxis.set(
            major_locator=MaxNLocator(5, steps=[1, 2, 5, 10]),
            major_formatter="{x:g}",
            minor_locator=NullLocator(),
        )
        axes.grid(axis="y")
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=6.5)
    return figure


FIGURES: dict[str, Callable[[Result], Figure]] = {
    "geometry": geometry_figure,
    "solutions_super_resolution": solutions_figure,
    "solutions_inpainting": solutions_figure,
    "inversion": inversion_figure,
    "targets": targets_figure,
}


def draw(folder: Path) -> list[Path]:
    """Draw what was measured in a folder, each benchmark if its file is there, and how it went from
    run to run, and write `summary.md`.
    """
    results = {name: Result.read(folder, name) for name in written(folder)}
    drawn = [save(FIGURES[name](found), folder / name) for name, found in results.items()]
    page = summary(results)
    if (aimed := again(read(folder))).size:
        drawn.append(save(history_figure(aimed), folder / "history"))
        page += HISTORY_SECTION
    path = folder / "summary.md"
    with whole_file(path) as draft:
        draft.write_text(page)
    return [*drawn, path]


def main(cfg: DictConfig) -> None:
    # By its name alone: what a GPU was measured at is drawn on a machine without one as well.
    results = Path(cfg.results)
    folders = [results / cfg.device.partition(":")[0]]
    if cfg.device == "auto":
        every = {path.parent for name in BENCHMARKS for path in results.glob(f"*/{name}.json")}
        folders = sorted(every) or [results]
    for folder in folders:
        for path in draw(folder):
            print(path)


if __name__ == "__main__":
    command(main, "bench")
