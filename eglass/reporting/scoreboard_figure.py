"""Explorers beside exact draws: a row each, a panel for each thing that is measured."""

from __future__ import annotations

import pandas as pd
from matplotlib import style
from matplotlib.figure import Figure

from eglass.evaluation.comparison import DRAWS, FAR_APART
from eglass.reporting.figures import BLUE, STYLE, WIDTH
from eglass.reporting.pages import GREEN, GREY, L2

#: What is shown, and what exact draws come to on average, where that is known.
SHOWN = {
    "energy": ("energy distance", 0.0),
    "mass_found": ("mass found", None),
    "coverage": ("coverage", 0.95),
    "spread_ratio": ("spread over theirs", 1.0),
}


@style.context(STYLE)
def scoreboard_figure(found: pd.DataFrame) -> Figure:
    """Means and intervals of every explorer, the nearest to exact draws first.

    Args:
        found: what `aggregate` returns of `SCORES`.
    """
    groups = list(found.groupby(["problem", "threshold"], sort=False))
    methods = found["method"].nunique()
    size = (WIDTH, 0.4 + (0.55 + 0.16 * methods) * len(groups))
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(len(groups), len(SHOWN), squeeze=False, sharey="row", sharex="col")
    for line, ((problem, threshold), here) in zip(grid, groups):
        wide = here.pivot(index="method", columns="measure", values=["mean", "low", "high"])
        wide = wide.loc[wide["mean", "energy"].sort_values(ascending=False).index]
        for axes, (measure, (_, ideal)) in zip(line, SHOWN.items()):
            mean, low, high = (wide[each, measure].to_numpy() for each in ("mean", "low", "high"))
            colors = [GREEN if method in (DRAWS, FAR_APART) else BLUE for method in wide.index]
            rows = range(len(wide))
            axes.hlines(rows, low, high, color=colors, linewidth=1)
            axes.scatter(mean, rows, color=colors, s=12, zorder=2)
            if ideal is not None:
                axes.axvline(ideal, color=GREY, linewidth=0.7, linestyle=":", zorder=0)
            axes.grid(axis="x")
        line[0].set_yticks(rows, wide.index)
        limit = rf"{L2} $\leq$ {threshold:g}"
        targets = int(here["targets"].max())
        line[0].set_title(
            f"{problem.replace('_', ' ').capitalize()}, {limit}, targets: {targets}", loc="left"
        )
    for axes, (title, _) in zip(grid[-1], SHOWN.values()):
        axes.set_xlabel(title)
    return figure
