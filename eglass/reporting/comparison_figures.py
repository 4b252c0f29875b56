"""Figures beyond the paper: explorers compared, strips along η, what solutions agree on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogFormatter

from eglass.reporting.figures import BLUE, OCHRE, STYLE, WIDTH, finished
from eglass.reporting.pages import GREEN, GREY, L2, MUTED, Page, scientific
from eglass.records import Record

#: From nothing feasible to everything.
FEASIBILITY = LinearSegmentedColormap.from_list("feasibility", [MUTED, "#e3c46b", GREEN])
MARKERS = "osD^vPX*<>"
#: What measures are called on axes.
AXES = {
    "seconds": "seconds, all included",
    "pairwise": "mean pairwise LPIPS",
    "unrealism": "distance to fresh samples",
}
#: Standard deviation, of images in [0, 1], at which the map of spread is brightest.
SPREAD = 0.25


@style.context(STYLE)
def diversity_figure(found: pd.DataFrame) -> Figure:
    """Diversity against seconds: a shape an explorer, the share feasible its colour.

    Args:
        found: what `aggregate` returns.
    """
    figure, panels = _contest(found, "seconds", "pairwise")
    for axes in panels.values():
        axes.set(xscale="log", ylim=(0, None))
        for axis in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
            axis(LogFormatter(labelOnlyBase=False, minor_thresholds=(2, 0.5)))
    return figure


@style.context(STYLE)
def tradeoff_figure(found: pd.DataFrame, traded: pd.DataFrame, what: str) -> Figure:
    """Realism against diversity: every explorer, and one of them at several values of a setting.

    Args:
        found: what `aggregate` returns, of which the smallest count is shown.
        traded: the same, whose methods are the setting's values.
        what: the explorer and its setting.
    """
    shown = found[found["count"] == found["count"].min()]
    figure, panels = _contest(shown, "pairwise", "unrealism")
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
    keys = [Line2D([], [], marker=".", color=BLUE, linewidth=0.9, label=what)]
    figure.legend(handles=keys, loc="outside upper right")
    return figure


def _wide(found: pd.DataFrame) -> pd.DataFrame:
    return found.pivot(
        index=["problem", "threshold", "count", "method"], columns="measure", values="mean"
    ).reset_index()


def _contest(found: pd.DataFrame, x: str, y: str) -> tuple[Figure, dict[tuple[str, float], Axes]]:
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
            limit = rf"{L2} $\leq$ {scientific(threshold)}"
            axes.set_title(f"{problem.replace('_', ' ').capitalize()}, {limit}")
            axes.grid()
            panels[problem, threshold] = axes
        line[0].set_ylabel(AXES[y])
    for axes in grid[-1]:
        axes.set_xlabel(AXES[x])
    figure.colorbar(shown, ax=grid, label="share feasible", shrink=0.6).outline.set_visible(False)
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
def contest_figure(record: Record, threshold: float) -> Figure:
    """Solutions of every explorer for one measurement, a row an explorer, then mean and spread."""
    names = record.meta["names"]
    arrays = {key: f"{key}, {threshold:g}" for key in names}
    most = min(10, max(len(record.arrays[f"{name}, images"]) for name in arrays.values()))
    size, pitch, left, top = 0.56, 0.6, 1.05, 0.4
    page = Page(left + pitch * (most + 2) + 0.25, top + pitch * (len(names) + 1) + 0.35, size)
    page.text(r"mean", left + pitch * most + 0.15 + size / 2, top - 0.12)
    page.text(r"spread", left + pitch * (most + 1) + 0.15 + size / 2, top - 0.12)
    title = record.meta["config"]["problem"]["title"]
    page.text(f"{title}, {L2} ≤ {scientific(threshold)}", left, 0.14, ha="left", fontsize=8)
    for row, (key, name) in enumerate(names.items()):
        y = top + pitch * row
        page.text(name, left - 0.08, y + size / 2, ha="right")
        images = record.arrays[f"{arrays[key]}, images"][:most]
        feasible = record.arrays[f"{arrays[key]}, feasible"]
        for i, image in enumerate(images):
            page.image(image, left + pitch * i, y, [], [GREEN if feasible[i] else MUTED])
        x = left + pitch * most + 0.15
        page.image(record.arrays[f"{arrays[key]}, mean"], x, y, [], [GREY])
        page.heat(record.arrays[f"{arrays[key]}, spread"], x + pitch, y, SPREAD)
    y = top + pitch * len(names) + 0.05
    page.text("target, measurement", left - 0.08, y + size / 2, ha="right")
    page.image(record.arrays["target"], left, y, [], [GREY])
    page.image(record.arrays["measurement"], left + pitch, y, [], [GREY])
    x = left + 2.3 * pitch
    page.text("green frame: feasible", x, y + 0.12, ha="left", color=GREEN)
    page.text("red frame: not", x + 1.2, y + 0.12, ha="left", color=MUTED)
    words = f"spread: standard deviation over the feasible solutions, black 0 to bright {SPREAD:g}"
    page.text(words, x, y + 0.28, ha="left")
    return finished(page.figure, [record])


@style.context(STYLE)
def set_figure(record: Record, method: str) -> Figure:
    """Show all solutions of one method, below what was measured and G(z0)."""
    rows = record.tables["solutions"].query("method == @method")
    per_row, size, pitch, row_pitch, left, top = 5, 0.95, 1.03, 1.25, 0.06, 1.4
    lines = [rows.index[i : i + per_row] for i in range(0, len(rows), per_row)]
    page = Page(2 * left + pitch * per_row, top + row_pitch * len(lines) + 0.2, size)
    for i, show in enumerate((page.target, page.measurement, page.initial)):
        show(record, left + i * pitch, left)
    x, config = left + 3 * pitch, record.meta["config"]
    page.text(config["problem"]["title"], x, 0.16, ha="left", fontsize=10, fontweight="bold")
    page.text(f"{len(rows)} solutions: {method}", x, 0.4, ha="left", fontsize=8)
    for i, line in enumerate(lines):
        for j, index in enumerate(line):
            page.solution(record, index, left + pitch * j, top + row_pitch * i)
    page.legend(record, left, page.height - 0.1)
    return finished(page.figure, [record])


@style.context(STYLE)
def consensus_figure(record: Record) -> Figure:
    """Measurement, mean and spread of the solutions: what is known, and what the prior made up."""
    size, gap, left, top = 1.5, 1.62, 0.08, 0.28
    page = Page(4 * gap + 0.75, size + 0.62, size)
    spread = record.arrays["spread"]
    parts = ("target", "measurement", "mean")
    titles = ("target", "measurement", "mean of the solutions", "where they differ")
    for i, title in enumerate(titles):
        page.text(title, left + gap * i + size / 2, 0.14, fontsize=8)
    for i, name in enumerate(parts):
        page.image(record.arrays[name], left + gap * i, top, [])
    shown = page.heat(spread, left + gap * 3, top, max(float(spread.max()), 1e-3))
    bar = page.figure.add_axes(
        ((left + gap * 3 + size + 0.06) / page.width, 0.34 / page.height, 0.012, size / page.height)
    )
    page.figure.colorbar(shown, cax=bar).outline.set_visible(False)
    words = (
        "Standard deviation over the feasible solutions, of images in [0, 1]: "
        "dark is known from the measurement, bright is made up by the prior."
    )
    page.text(words, left, page.height - 0.14, ha="left")
    return finished(page.figure, [record])


@style.context(STYLE)
def strip_figure(record: Record) -> Figure:
    """Images along η, one direction, above ℓ2 and LPIPS to G(z0) at each."""
    images, table = record.arrays["strip_images"], record.tables["strip"]
    along = table[table["direction"] == record.meta["strip"]].reset_index(drop=True)
    order = along["step"].argsort().to_numpy()
    steps = np.insert(along["step"].to_numpy()[order], _middle(along), 0.0)
    size = 0.42
    page = Page(0.62 + 0.44 * len(steps) + 0.55, 2.75, size)
    left = 0.62
    pictures = [images[i] for i in order]
    pictures.insert(_middle(along), record.arrays["initial"])
    feasible = np.insert(along["feasible"].to_numpy()[order], _middle(along), True)
    for i, (picture, step) in enumerate(zip(pictures, steps)):
        x = left + 0.44 * i
        page.image(picture, x, 0.42, [], [GREEN if feasible[i] else MUTED])
        page.text(f"{step:+g}" if step else r"$G(\mathbf{z}_0)$", x + size / 2, 0.3)
    K = record.meta["strip"][1:]
    page.text(
        rf"Along $\mathbf{{d}}$ from $\mathbf{{v}}^{{{K}}}$, step $\eta$",
        left,
        0.12,
        ha="left",
        fontsize=8,
    )
    box = (left / page.width, 0.3 / page.height, 0.44 * len(steps) / page.width, 1.45 / page.height)
    axes = page.figure.add_axes(box)
    l2 = np.insert(along["l2"].to_numpy()[order], _middle(along), record.meta["inversion"]["l2"])
    lpips = np.insert(along["lpips"].to_numpy()[order], _middle(along), 0.0)
    _strip_curves(axes, l2, lpips, record.meta["threshold"])
    axes.set_xticks(range(len(steps)), [f"{step:+g}" if step else "0" for step in steps])
    axes.set(xlim=(-0.5, len(steps) - 0.5))
    return finished(page.figure, [record])


def _middle(along: pd.DataFrame) -> int:
    return int((along["step"] < 0).sum())


def _strip_curves(axes: Axes, l2: np.ndarray, lpips: np.ndarray, threshold: float) -> None:
    axes.plot(l2, "o-", color=BLUE, markersize=2.5)
    axes.axhline(threshold, color=GREEN, linewidth=0.9, linestyle="--")
    axes.set(yscale="log")
    axes.set_ylabel(L2, color=BLUE)
    other = axes.twinx()
    other.plot(lpips, "s-", color=OCHRE, markersize=2.5)
    other.set_ylabel(r"LPIPS to $G(\mathbf{z}_0)$", color=OCHRE)
    other.set(ylim=(0, None))
    other.spines["right"].set_visible(True)
    axes.text(0.5, threshold, "feasible below", ha="center", va="bottom", fontsize=6,
              color=GREEN, transform=axes.get_yaxis_transform())  # fmt: skip
