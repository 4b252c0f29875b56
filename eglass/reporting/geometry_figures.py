"""The geometry at z0, drawn: Fig. 1, the coupling matrix, and both spectra."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from eglass.evaluation.claims import BLOCK, chance_coupling, coupling_over_chance
from eglass.records import Record
from eglass.reporting.figures import BLUE, OCHRE, PURPLE, RED, SHADE, STYLE, WIDTH, finished
from eglass.reporting.pages import GREEN, GREY


@style.context(STYLE)
def correlation_figure(
    records: Mapping[str, Record], K: Mapping[str, int] | None = None, first: int = 50
) -> Figure:
    """Fig. 1: what v^K and d correlate with, on each problem.

    Args:
        records: one a problem.
        K: which v^K to show of a problem; the first recorded where none is given.
        first: how many eigenvectors to show of each basis.
    """
    figure = Figure(figsize=(WIDTH, 0.2 + 1.65 * len(records)), layout="constrained")
    grid = figure.subplots(len(records), 2, sharey=True, squeeze=False)
    for (on_u, on_v), (problem, record) in zip(grid, records.items()):
        table = record.tables["correlation"]
        start = (K or {}).get(problem, table["number"].iloc[0])
        settings, every = record.meta["explorer"]["settings"], table["j"].max()
        k, threshold = settings["k"], settings["threshold"]
        table = table[table["j"] <= first]
        _correlations(on_u, table[table["basis"] == "U"], start)
        _correlations(on_v, table[table["basis"] == "V"], start)
        on_u.axvspan(0, k + 0.5, color=SHADE, zorder=0)
        on_u.text(k + 0.2, 1, f"top $k = {k}$", ha="right", va="top", fontsize=7, color=GREY)
        # Above it, Algorithm 1 takes an eigenvector out of d.
        label = f"threshold {threshold:g} of Algorithm 1"
        line = on_u.axhline(threshold, color=GREEN, linewidth=0.8, linestyle="--", label=label)
        on_u.legend(handles=[line], loc="upper right")
        on_u.set(ylabel="|correlation|", title=record.meta["problem"]["title"])
        shown = f"the first {table['j'].max()} of {every}" if every > first else f"all {every}"
        for axes, (vector, space) in zip((on_u, on_v), (("u", "Y"), ("v", "X"))):
            axes.set_xlabel(
                rf"$j$, of the eigenvectors $\mathbf{{{vector}}}^j$ of "
                rf"$\mathbf{{H}}_\mathcal{{{space}}}$ ({shown})"
            )
        on_v.legend(loc="upper right")
    return finished(figure, records.values())


def _correlations(axes: Axes, table: pd.DataFrame, K: int) -> None:
    v, d = (table[(table["kind"] == kind) & (table["number"] == K)] for kind in "vd")
    label = rf"$\mathbf{{v}}^{{{K}}}$"
    axes.bar(v["j"], v["correlation"], 0.8, color=BLUE, alpha=0.8, label=label)
    label = rf"$\mathbf{{d}}$, from $\mathbf{{v}}^{{{K}}}$"
    axes.bar(d["j"], d["correlation"], 0.3, color=RED, label=label)
    axes.plot(d["j"], d["correlation"], "o", color=RED, markersize=2.2, clip_on=False)
    last = table["j"].max()
    axes.set(xlim=(0, last + 1), ylim=(0, 1.02), xticks=[1, *range(10, last + 1, 10)])
    axes.set_yticks([0, 0.5, 1])
    axes.grid(axis="y")


@style.context(STYLE)
def coupling_figure(record: Record) -> Figure:
    """|C| = |Uᵀ V|: how far what is measured is also what is seen; outlined, what is claimed of."""
    C = np.abs(record.arrays["C"])
    figure = Figure(figsize=(4, 3.3), layout="constrained")
    axes = figure.subplots()
    end = len(C) + 0.5
    look: dict[str, Any] = {"cmap": "magma_r", "vmin": 0, "interpolation": "nearest"}
    # Of a few entries near 1 nothing else would be seen.
    shown = axes.imshow(C, vmax=np.quantile(C, 0.995), extent=(0.5, end, end, 0.5), **look)
    for name, ends in (("top", slice(None, BLOCK)), ("bottom", slice(-BLOCK, None))):
        inside = np.arange(len(C))[ends]
        first, side = inside[0] + 0.5, len(inside)
        block = Rectangle((first, first), side, side, fill=False, edgecolor=GREEN, linewidth=1.3)
        axes.add_patch(block)
        note = f"{name} {side}×{side}: {coupling_over_chance(record, ends):.2f} × chance"
        place, ha = (first + side + 1.5, "left") if name == "top" else (first - 1.5, "right")
        text = axes.text(place, first + side / 2, note, ha=ha, va="center", color=GREEN)
        text.set(fontsize=7, fontweight="bold")
        text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
    ticks = [1, *range(20, len(C) + 1, 20)]
    axes.set(xticks=ticks, yticks=ticks, title=record.meta["problem"]["title"])
    axes.set_xlabel(r"$j$, of the eigenvectors $\mathbf{v}^j$ of $\mathbf{H}_\mathcal{X}$")
    axes.set_ylabel(r"$i$, of the eigenvectors $\mathbf{u}^i$ of $\mathbf{H}_\mathcal{Y}$")
    label = r"$|\mathbf{C}_{ij}|$ (darkest: this or more)"
    bar = figure.colorbar(shown, label=label, shrink=0.85)
    bar.outline.set_visible(False)
    chance = chance_coupling(record)
    bar.ax.axhline(chance, color="white", linewidth=1)
    bar.ax.text(-0.15, chance, "chance", ha="right", va="center", fontsize=6)
    return finished(figure, [record])


@style.context(STYLE)
def spectrum_figure(record: Record, top: int = 20) -> Figure:
    """Eigenvalues of both metrics over their largest, and the share that the top ones hold."""
    figure = Figure(figsize=(4, 2.6), layout="constrained")
    axes = figure.subplots()
    axes.axvspan(0, top + 0.5, color=SHADE, zorder=0)
    axes.text(top + 0.2, 1, f"top {top}", ha="right", va="top", fontsize=7, color=GREY)
    for name, space, what, color in (
        ("Lambda", "Y", "what is measured", PURPLE),
        ("Omega", "X", "what is seen", OCHRE),
    ):
        values = record.arrays[name]
        share = values[:top].sum() / values.sum()
        label = (
            rf"$\mathbf{{H}}_\mathcal{{{space}}}$, {what}: top {top} hold {share:.0%} of the trace"
        )
        relative = np.where(values > 0, values, np.nan) / values[0]
        axes.plot(np.arange(1, len(values) + 1), relative, color=color, label=label)
    axes.set(ylabel="eigenvalue / the largest", yscale="log", xlim=(0, len(values) + 1))
    axes.set(xlabel="$j$, of the eigenvalues, the largest first")
    axes.set_title(record.meta["problem"]["title"])
    axes.grid(axis="y")
    axes.legend(loc="lower left")
    return finished(figure, [record])
