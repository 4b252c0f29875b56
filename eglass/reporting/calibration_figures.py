"""Calibration: ranks of truths against uniform ones, and shares against what happened."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eglass.evaluation.ranks import Band, Simulated, below, in_bins
from eglass.reporting.figures import BLUE, STYLE, WIDTH
from eglass.reporting.pages import GREY

#: Claims of a point in the figure of shares, at least.
FEWEST = 20


@style.context(STYLE)
def calibration_figure(found: Mapping[str, tuple[Simulated, Band]]) -> Figure:
    """Ranks and shares of every simulation: a row each.

    Args:
        found: what became of the truths, and the band of their ranks, by what it is called.
    """
    figure = Figure(figsize=(WIDTH, 0.5 + 2.1 * len(found)), layout="constrained")
    grid = figure.subplots(len(found), 2, squeeze=False, width_ratios=(2, 1))
    for (left, right), (title, (simulated, band)) in zip(grid, found.items()):
        _ranks(left, simulated, band)
        _shares(right, simulated)
        left.set_title(f"{title}: {len(simulated.ranks)} truths among {simulated.draws} draws")
    grid[0, 1].set_title("shares of cells")
    grid[-1, 0].set_xlabel("rank of the truth, as a fraction")
    grid[-1, 1].set_xlabel("share that was claimed")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5)
    return figure


def _ranks(axes: Axes, simulated: Simulated, band: Band) -> None:
    """Draw each statistic's distribution function less the uniform one."""
    at = np.concatenate([[0], band.at, [1]])
    low, high = (np.pad(edge - band.at, 1) for edge in (band.low, band.high))
    axes.fill_between(at, low, high, color=GREY, alpha=0.25, linewidth=0, label="uniform ranks")
    axes.axhline(0, color=GREY, linewidth=0.6)
    for name in simulated.ranks:
        shares = below(simulated.ranks[name].to_numpy(), simulated.draws)
        off = np.pad(shares - band.at, 1)
        axes.plot(at, off, linewidth=1, label=_called(name))
    axes.set(xlim=(0, 1))
    axes.set_ylabel("share of truths\nbelow, less that")


def _called(name: str) -> str:
    words = {"l2": "ℓ2", "lpips": "LPIPS"}
    return " ".join(words.get(word, word) for word in name.split("_"))


def _shares(axes: Axes, simulated: Simulated) -> None:
    """Draw how often truths lay in cells against the shares of these, in bins."""
    claimed, happened = (simulated.shares[each].to_numpy() for each in ("claimed", "happened"))
    points = np.array(
        [
            (claimed[part].mean(), happened[part].mean(), len(part))
            for part in in_bins(claimed, 10)
            if len(part) >= FEWEST
        ]
    ).reshape(-1, 3)
    p, often, count = points.T
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.6)
    deviation = np.sqrt(p * (1 - p) / count)
    axes.errorbar(p, often, yerr=2 * deviation, fmt="o", color=BLUE, markersize=3, linewidth=0.8)
    top = 1.1 * float(points[:, :2].max(initial=0.1))
    axes.set(xlim=(0, top), ylim=(0, top))
    axes.set_ylabel("how often the truth lay there")
