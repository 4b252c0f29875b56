"""Explorers compared: diversity, realism, and their solutions of one measurement."""

from __future__ import annotations

import textwrap
from typing import Any

import pandas as pd
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogFormatter

from eglass.records import Record
from eglass.reporting.exploration_figures import openness
from eglass.reporting.figures import BLUE, STYLE, WIDTH, finished
from eglass.reporting.pages import GREEN, GREY, L2, MUTED, Page, framed

#: From nothing feasible to everything.
FEASIBILITY = LinearSegmentedColormap.from_list("feasibility", [MUTED, "#e3c46b", GREEN])
MARKERS = "osD^vPX*<>"
#: What measures are called on axes; {} is the perceptual metric's name.
AXES = {
    "seconds": "seconds, all included",
    "pairwise": "mean pairwise {}",
    "unrealism": "distance to fresh samples\n(1: theirs to one another)",
}


@style.context(STYLE)
def diversity_figure(found: pd.DataFrame, metric: str) -> Figure:
    """Diversity against seconds: a shape an explorer, the share feasible its colour.

    Args:
        found: what `aggregate` returns.
        metric: what the perceptual metric is called.
    """
    figure, panels = _scatter(found, "seconds", "pairwise", metric)
    for axes in panels.values():
        axes.set(xscale="log", ylim=(0, None))
        for axis in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
            axis(LogFormatter(labelOnlyBase=False, minor_thresholds=(2, 0.5)))
    return figure


@style.context(STYLE)
def tradeoff_figure(found: pd.DataFrame, traded: pd.DataFrame, what: str, metric: str) -> Figure:
    """Realism against diversity: every explorer, and one of them at several values of a setting.

    Args:
        found: what `aggregate` returns, of which the smallest count is shown.
        traded: the same, whose methods are the setting's values.
        what: the explorer and its setting.
        metric: what the perceptual metric is called.
    """
    shown = found[found["count"] == found["count"].min()]
    figure, panels = _scatter(shown, "pairwise", "unrealism", metric)
    values = _wide(traded).set_index(["problem", "threshold", "method"])
    for panel, axes in panels.items():
        # In the order of the setting, which pivot has lost.
        here = values.loc[panel].loc[traded["method"].unique()]
        axes.plot(here["pairwise"], here["unrealism"], ".-", color=BLUE, linewidth=0.9, zorder=1.5)
        for value, row in here.iterrows():
            axes.annotate(
                str(value),
                (row["pairwise"], row["unrealism"]),
                xytext=(0, 4),
                textcoords="offset points",
                ha="center",
                fontsize=6,
                color=BLUE,
            )
        axes.axhline(1, color=GREY, linewidth=0.6, linestyle=":", zorder=0)
    keys = [
        Line2D([], [], marker=".", color=BLUE, linewidth=0.9, label=f"{what}: the numbers"),
        Line2D([], [], color=GREY, linewidth=0.6, linestyle=":", label="as a fresh sample"),
    ]
    figure.legend(handles=keys, loc="outside upper right", ncols=2)
    return figure


def _wide(found: pd.DataFrame) -> pd.DataFrame:
    return found.pivot(
        index=["problem", "threshold", "count", "method"], columns="measure", values="mean"
    ).reset_index()


def _scatter(
    found: pd.DataFrame, x: str, y: str, metric: str
) -> tuple[Figure, dict[tuple[str, float], Axes]]:
    """Scatter two measures of every explorer: a panel for each problem and threshold."""
    wide = _wide(found)
    problems, thresholds = list(found["problem"].unique()), sorted(found["threshold"].unique())
    methods, counts = list(found["method"].unique()), sorted(found["count"].unique())
    shape = dict(zip(methods, MARKERS * len(methods)))
    size = {count: 28 + 42 * i for i, count in enumerate(counts)}
    figure = Figure(figsize=(WIDTH, 0.6 + 2.3 * len(problems)), layout="constrained")
    grid = figure.subplots(len(problems), len(thresholds), sharex=True, sharey=True, squeeze=False)
    panels = {}
    for line, problem in zip(grid, problems):
        for axes, threshold in zip(line, thresholds):
            here = wide[(wide["problem"] == problem) & (wide["threshold"] == threshold)]
            for method, rows in here.groupby("method", sort=False):
                axes.plot(rows[x], rows[y], color=GREY, linewidth=0.5, zorder=1)
                shown = axes.scatter(
                    rows[x],
                    rows[y],
                    s=rows["count"].map(size),
                    c=rows["feasible"],
                    marker=shape[method],
                    cmap=FEASIBILITY,
                    vmin=0,
                    vmax=1,
                    edgecolors="#333333",
                    linewidths=0.5,
                    zorder=2,
                )
            limit = rf"{L2} $\leq$ {threshold:g}"
            axes.set_title(f"{problem.replace('_', ' ').capitalize()}, {limit}")
            axes.grid()
            panels[problem, threshold] = axes
        line[0].set_ylabel(AXES[y].format(metric))
    for axes in grid[-1]:
        axes.set_xlabel(AXES[x].format(metric))
    figure.colorbar(
        shown, ax=grid, label="share of the solutions that is feasible", shrink=0.6
    ).outline.set_visible(False)
    look: dict[str, Any] = {
        "linestyle": "",
        "markerfacecolor": "white",
        "markeredgecolor": "#333333",
    }
    keys = [Line2D([], [], marker=shape[m], label=m, markersize=5, **look) for m in methods]
    if len(counts) > 1:
        keys += [
            Line2D([], [], marker="o", label=f"N = {n}", markersize=size[n] ** 0.5, **look)
            for n in counts
        ]
    figure.legend(handles=keys, loc="outside lower center", ncols=5)
    return figure, panels


@style.context(STYLE)
def explorers_figure(record: Record, threshold: float) -> Figure:
    """Solutions of every explorer for one measurement, a row an explorer; then their mean, and how
    open they leave each pixel.
    """
    names = record.meta["methods"]
    arrays = {key: f"{key}, {threshold:g}" for key in names}
    most = min(10, max(len(record.arrays[f"{name}, images"]) for name in arrays.values()))
    size, pitch, left, top = 0.56, 0.6, 1.05, 0.4
    page = Page(left + pitch * (most + 2) + 0.25, top + pitch * (len(names) + 1) + 0.5, size)
    page.text(r"mean", left + pitch * most + 0.15 + size / 2, top - 0.12)
    page.text("openness", left + pitch * (most + 1) + 0.15 + size / 2, top - 0.12)
    title = record.meta["problem"]["title"]
    page.text(f"{title}, {L2} ≤ {threshold:g}", left, 0.14, ha="left", fontsize=8)
    for row, (key, name) in enumerate(names.items()):
        y = top + pitch * row
        page.text(name, left - 0.08, y + size / 2, ha="right")
        images = record.arrays[f"{arrays[key]}, images"][:most]
        feasible = record.arrays[f"{arrays[key]}, feasible"]
        for i, image in enumerate(images):
            page.image(image, left + pitch * i, y, [], [framed(record, bool(feasible[i]))])
        x = left + pitch * most + 0.15
        page.image(record.arrays[f"{arrays[key]}, mean"], x, y, [], [GREY])
        spread = record.arrays[f"{arrays[key]}, spread"]
        page.heat(openness(spread, record.arrays["prior_spread"]), x + pitch, y, 1)
    y = top + pitch * len(names) + 0.05
    page.text("target, measurement", left - 0.08, y + size / 2, ha="right")
    page.image(record.arrays["target"], left, y, [], [GREY])
    page.image(record.arrays["measurement"], left + pitch, y, [], [GREY])
    x = left + 2.3 * pitch
    page.text("green frame: feasible", x, y + 0.12, ha="left", color=GREEN)
    page.text("red frame: not", x + 1.2, y + 0.12, ha="left", color=MUTED)
    words = (
        "openness: spread of the feasible solutions (of all, where not two are) over that of "
        "images without a measurement: black, 0, where these agree, to bright, 1 or more, as if "
        "nothing had been measured"
    )
    for i, line in enumerate(textwrap.wrap(words, int(20 * (page.width - x)))):
        page.text(line, x, y + 0.28 + 0.14 * i, ha="left")
    return finished(page.figure, [record])
