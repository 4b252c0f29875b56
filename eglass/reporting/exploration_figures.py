"""One exploration beyond the paper's figures: its set, what it agrees on, a strip along η."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, UInt8
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from eglass.records import Record
from eglass.reporting.figures import BLUE, OCHRE, STYLE, finished, symbol
from eglass.reporting.pages import GREEN, L2, Page, foot, framed


@style.context(STYLE)
def set_figure(record: Record) -> Figure:
    """All solutions of the explorer that was asked, below what was measured and G(z0)."""
    method = record.meta["explorer"]["method"]
    rows = record.tables["solutions"].query("method == @method")
    per_row, size, pitch, row_pitch, left, top = 5, 0.95, 1.03, 1.25, 0.06, 1.4
    lines = [rows.index[i : i + per_row] for i in range(0, len(rows), per_row)]
    page = Page(2 * left + pitch * per_row, top + row_pitch * len(lines) + foot(record), size)
    x, title = page.given(record, left, left, pitch), record.meta["methods"][method]
    page.text(record.meta["problem"]["title"], x, 0.16, ha="left", fontsize=10, fontweight="bold")
    page.text(f"{len(rows)} solutions: {title}", x, 0.4, ha="left", fontsize=8)
    for i, line in enumerate(lines):
        for j, index in enumerate(line):
            page.solution(record, index, left + pitch * j, top + row_pitch * i)
    page.legend(record, left, page.height - 0.1)
    return finished(page.figure, [record])


@style.context(STYLE)
def frame_figure(photograph: UInt8[np.ndarray, "height width 3"], crop: Sequence[float]) -> Figure:
    """A photograph, and the frame around what of it is looked at.

    Args:
        crop: top, left, bottom, right as fractions.
    """
    height, width = photograph.shape[:2]
    scale = 3.2 / max(height, width)
    figure = Figure(figsize=(width * scale, height * scale))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    axes.imshow(photograph, aspect="auto")
    top, left, bottom, right = (part * n for part, n in zip(crop, (height, width) * 2))
    for color, linewidth in (("white", 3.2), (BLUE, 1.8)):
        look: dict[str, Any] = {"edgecolor": color, "linewidth": linewidth, "fill": False}
        axes.add_patch(Rectangle((left - 0.5, top - 0.5), right - left, bottom - top, **look))
    return figure


@style.context(STYLE)
def consensus_figure(record: Record) -> Figure:
    """Measurement, mean of the solutions or of all exact draws, and how open they leave a pixel."""
    size, gap, left, top = 1.5, 1.62, 0.08, 0.28
    # Of exact draws, solutions are but a few.
    all_of = "draws" if "tree" in record.tables else "solutions"
    titles = {"target": "target", "measurement": "measurement", "mean": f"mean of the {all_of}"}
    # The target of a real measurement is not known.
    parts = [name for name in titles if name in record.arrays]
    last = left + gap * len(parts)
    page = Page(last + gap + 0.95, size + 0.96, size)
    hidden = ~record.arrays["measured"] if "measured" in record.arrays else None
    for i, name in enumerate(parts):
        page.text(titles[name], left + gap * i + size / 2, 0.14, fontsize=8)
        page.image(record.arrays[name], left + gap * i, top, [])
        if hidden is not None:
            page.outline(hidden, left + gap * i, top)
    page.text("how open each pixel is left", last + size / 2, 0.14, fontsize=8)
    shown = page.heat(
        openness(record.arrays["spread"], record.arrays["prior_spread"]), last, top, 1
    )
    if hidden is not None:
        page.outline(hidden, last, top)
    foot = (page.height - top - size) / page.height
    place = ((last + size + 0.06) / page.width, foot, 0.012, size / page.height)
    bar = page.figure.colorbar(shown, cax=page.figure.add_axes(place), ticks=[0, 0.5, 1])
    bar.outline.set_visible(False)
    bar.ax.set_yticklabels(["0", "0.5", "≥ 1"])
    bar.set_label("spread / spread of the prior", fontsize=7)
    for i, line in enumerate(_openness_in_words(record)):
        page.text(line, left, top + size + 0.2 + 0.15 * i, ha="left")
    return finished(page.figure, [record])


def openness(
    spread: Float[np.ndarray, "height width"], prior_spread: Float[np.ndarray, "height width"]
) -> Float[np.ndarray, "height width"]:
    """Return the spread of solutions over that of images without a measurement, at each pixel: 0
    where solutions agree, 1 where they differ as much as if nothing had been measured.
    """
    # Less than a grey level is no spread.
    return spread / np.maximum(prior_spread, 1 / 255)


def _openness_in_words(record: Record) -> list[str]:
    table = record.tables["solutions"]
    found = table[table["method"] == record.meta["explorer"]["method"]]
    feasible = int(found["feasible"].sum())
    whose = f"{feasible} feasible solutions" if feasible > 1 else f"{len(found)} solutions"
    if (tree := record.tables.get("tree")) is not None:
        whose = f"{tree['members'].max()} exact draws"
    lines = [
        f"Standard deviation of the {whose} at each pixel, over that of images that the generator "
        "makes without any measurement:",
        "0, they agree; 1, they differ as much as if nothing had been measured.",
    ]
    spread, prior = record.arrays["spread"], record.arrays["prior_spread"]

    def over(region: Bool[np.ndarray, "height width"]) -> str:
        return f"{math.sqrt((spread[region] ** 2).mean() / (prior[region] ** 2).mean()):.2f}"

    measured = record.arrays.get("measured", np.ones(spread.shape, bool))
    if measured.all():
        lines.append(f"Over all pixels: {over(measured)}.")
    else:
        lines.append(
            f"Over all pixels that were measured: {over(measured)}; over those that were not "
            f"({1 - measured.mean():.0%}, outlined where they are more than specks): "
            f"{over(~measured)}."
        )
    return lines


@style.context(STYLE)
def strip_figure(record: Record) -> Figure:
    """Images along η, one direction, above ℓ2 and the distance to G(z0) at each."""
    images, table = record.arrays["strip_images"], record.tables["strip"]
    shown = record.meta["strip"]
    along = table[(table["kind"] == shown["kind"]) & (table["number"] == shown["number"])]
    along = along.reset_index(drop=True)
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
        page.image(picture, x, 0.42, [], [framed(record, bool(feasible[i]))])
        page.text(f"{step:+g}" if step else r"$G(\mathbf{z}_0)$", x + size / 2, 0.3)
    page.text(
        rf"Along {symbol(along.iloc[0])}, step $\eta$",
        left,
        0.12,
        ha="left",
        fontsize=8,
    )
    box = (left / page.width, 0.3 / page.height, 0.44 * len(steps) / page.width, 1.45 / page.height)
    axes = page.figure.add_axes(box)
    l2 = np.insert(along["l2"].to_numpy()[order], _middle(along), record.meta["inversion"]["l2"])
    metric = record.meta["perceptual"]
    seen = np.insert(along[metric["key"]].to_numpy()[order], _middle(along), 0.0)
    _strip_curves(axes, l2, seen, metric["title"], record.meta["problem"]["threshold"])
    axes.set_xticks(range(len(steps)), [f"{step:+g}" if step else "0" for step in steps])
    axes.set(xlim=(-0.5, len(steps) - 0.5))
    return finished(page.figure, [record])


def _middle(along: pd.DataFrame) -> int:
    return int((along["step"] < 0).sum())


def _strip_curves(
    axes: Axes, l2: np.ndarray, seen: np.ndarray, metric: str, threshold: float
) -> None:
    axes.plot(l2, "o-", color=BLUE, markersize=2.5)
    axes.axhline(threshold, color=GREEN, linewidth=0.9, linestyle="--")
    axes.set(yscale="log")
    axes.set_ylabel(L2, color=BLUE)
    other = axes.twinx()
    other.plot(seen, "s-", color=OCHRE, markersize=2.5)
    other.set_ylabel(rf"{metric} to $G(\mathbf{{z}}_0)$", color=OCHRE)
    other.set(ylim=(0, None))
    other.spines["right"].set_visible(True)
    axes.text(0.5, threshold, "feasible below", ha="center", va="bottom", fontsize=6,
              color=GREEN, transform=axes.get_yaxis_transform())  # fmt: skip
