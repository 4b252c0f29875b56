"""The paper's figures, drawn from records: nothing is computed here but where things go.

Every function returns a matplotlib figure of its own, apart from pyplot's, so that any program may
draw them. Blue is v^K and red is d, as in the paper's Fig. 1; a green frame means feasible.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from itertools import cycle
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from eglass.evaluation.claims import of_method
from eglass.records import Record, names, stamp, whole_file
from eglass.reporting.pages import GREEN, L2, Page, foot

#: The style sheet beside this file.
STYLE = "eglass.reporting.eglass"

BLUE, RED, PURPLE, OCHRE, SHADE = "#3b75af", "#c8322b", "#6b4c9a", "#c1801a", "#eeeeea"
WIDTH = 7.16  # inches: both columns of the paper


@style.context(STYLE)
def solutions_figure(record: Record) -> Figure:
    """Figs. 2 and 3: solutions of PULSE, those along v^K, and those along d at the same steps."""
    starts, along_v, along_d = (
        of_method(record, method)
        for method in (names.PULSE, names.EIGENVECTORS_STEPS, names.ALGORITHM1_STEPS)
    )
    size, pitch, left = 0.685, 0.745, 1.1
    top, v_top, d_top = 0.06, 1.41, 2.45
    page = Page(left + max(5, len(along_v)) * pitch, 3.69, size)
    page.target(record, 0.04, top)
    page.measurement(record, 0.04, v_top)
    page.initial(record, 0.04, d_top)
    labels = {top: names.PULSE.title, v_top: r"$\mathbf{v}^K$", d_top: r"$\mathbf{d}$ (e-GLASS)"}
    for y, label in labels.items():
        page.text(label, left - 0.12, y + size / 2, rotation=90, fontsize=8)

    columns = {index: left + i * pitch for i, index in enumerate(along_v.index)}
    for index, x in zip(starts.index, columns.values()):
        page.solution(record, index, x, top)
    for K, walk in along_v.groupby("number", sort=False):
        first, last = columns[walk.index[0]], columns[walk.index[-1]] + size
        page.text(f"$K = {K}$", (first + last) / 2, v_top - 0.29)
        page.rule(first, last, v_top - 0.2)
    for index, row in along_v.iterrows():
        x = columns[index]
        page.text(rf"$\eta = {row['step']:+g}$", x + size / 2, v_top - 0.1)
        page.solution(record, index, x, v_top)
        same = (along_d["number"] == row["number"]) & (along_d["step"] == row["step"])
        for below in along_d[same].index:
            page.solution(record, below, x, d_top)
    page.legend(record, left, page.height - 0.09)
    return finished(page.figure, [record])


@style.context(STYLE)
def edge_figure(record: Record) -> Figure:
    """Solutions as far from G(z0) as they stay feasible: a column a direction, a row a sign."""
    table = of_method(record, names.ALGORITHM1)
    table = table.assign(back=np.signbit(table["step"]))
    per_row = 6
    lines = [
        half.index[i : i + per_row]
        for _, half in table.groupby("back")
        for i in range(0, len(half), per_row)
    ]
    size, pitch, row_pitch, left, top = 0.95, 1.03, 1.42, 0.06, 1.4
    page = Page(
        2 * left + pitch * max(5, *map(len, lines)),
        top + row_pitch * len(lines) + foot(record),
        size,
    )
    x = page.given(record, left, left, pitch)
    most = record.meta["explorer"]["settings"]["max_step"]
    page.text(record.meta["problem"]["title"], x, 0.16, ha="left", fontsize=10, fontweight="bold")
    limit = record.meta["problem"]["threshold"]
    at_most, at_edge = table["step"].abs() >= most, table["l2"] > 0.95 * limit
    summary = (
        rf"{len(table)} solutions, each as far from $G(\mathbf{{z}}_0)$",
        "along its direction as it stays feasible,",
        rf"{L2} ≤ {limit:.2g}, and no farther than $|\eta| = {most:g}$:",
        f"{(at_edge & ~at_most).sum()} end at the one, {at_most.sum()} at the other",
    )
    for i, line in enumerate(summary):
        page.text(line, x, 0.4 + 0.15 * i, ha="left", fontsize=8)
    for i, line in enumerate(lines):
        for j, index in enumerate(line):
            label = rf"{symbol(table.loc[index])}, $\eta = {table.loc[index, 'step']:+.3g}$"
            page.solution(record, index, left + pitch * j, top + row_pitch * i, label)
    page.legend(record, left, page.height - 0.1)
    return finished(page.figure, [record])


@style.context(STYLE)
def gallery_figure(records: Mapping[str, Record], shown: int = 6) -> Figure:
    """A row for each problem: y, G(z0), and those of its solutions that look least like G(z0).

    Args:
        records: one a problem, all of the same target.
        shown: how many solutions of each.
    """
    size, pitch, row_pitch, left, top = 0.78, 0.86, 1.24, 0.36, 1.16
    page = Page(left + pitch * (2 + shown), top + row_pitch * len(records) + 0.05, size)
    example = next(iter(records.values()))
    page.target(example, left, 0.06)
    most = example.meta["explorer"]["settings"]["max_step"]
    metric = example.meta["perceptual"]
    summary = (
        "One image, measured in many ways",
        r"Walking from $G(\mathbf{z}_0)$ both ways along the directions of e-GLASS, as far as",
        rf"images stay feasible and no farther than $|\eta| = {most:g}$: of the solutions there,",
        rf"the {shown} that {metric['title']} puts farthest from $G(\mathbf{{z}}_0)$.",
    )
    for i, line in enumerate(summary):
        look = {"fontweight": "bold", "fontsize": 10} if i == 0 else {"fontsize": 8}
        page.text(line, left + 1.2 * pitch, 0.2 + 0.17 * i, ha="left", **look)
    key = rf"✓ feasible: {L2} at most what stands below $G(\mathbf{{z}}_0)$"
    page.text(key, left + 1.2 * pitch, 0.91, ha="left", color=GREEN)
    for row, record in enumerate(records.values()):
        y = top + row_pitch * row
        title = textwrap.fill(record.meta["problem"]["title"], 14)
        page.text(title, left / 2 - 0.02, y + size / 2, rotation=90, fontsize=7.5)
        page.measurement(record, left, y)
        page.initial(record, left + pitch, y)
        edge = of_method(record, names.ALGORITHM1)
        edge = edge.sort_values(["feasible", metric["key"]], ascending=False)
        for i, index in enumerate(edge.index[:shown]):
            page.solution(record, index, left + pitch * (2 + i), y)
        limit = rf"✓ {L2} ≤ {record.meta['problem']['threshold']:.2g}"
        page.text(limit, left + pitch + size / 2, y + size + 0.32, color=GREEN)
    return finished(page.figure, records.values())


#: What the stages of a search are called on axes.
_STAGES = {
    "latent": "latent",
    "adaptation": "latent and weights",
    names.PULSE.key: "latents on the sphere",
}


@style.context(STYLE)
def loss_figure(record: Record) -> Figure:
    """ℓ2 on the way to G(z0), and on the way to PULSE's solutions; a line a start."""
    figure = Figure(figsize=(WIDTH, 2.3), layout="constrained")
    ours, theirs = figure.subplots(1, 2, sharey=True)
    history = record.tables["history"]
    _losses(ours, history[history["stage"] != names.PULSE.key])
    _losses(theirs, history[history["stage"] == names.PULSE.key])
    ours.set(ylabel=f"{L2} to the measurement", yscale="log")
    title = record.meta["problem"]["title"]
    ours.set_title(rf"{title}: inversion, to $G(\mathbf{{z}}_0)$")
    theirs.set_title(f"{title}: {names.PULSE.title}")
    threshold = record.meta["problem"]["threshold"]
    for axes in (ours, theirs):
        label = f"feasible below {threshold:g}"
        axes.axhline(threshold, color=GREEN, linewidth=0.9, linestyle="--", label=label)
        axes.set(xlabel="step of the search", xlim=(0, None))
        axes.grid(axis="y")
        axes.legend()
    return finished(figure, [record])


def _losses(axes: Axes, history: pd.DataFrame) -> None:
    """Draw stages one after the other, a line a start."""
    begun = 0
    stages = history.groupby("stage", sort=False)
    for (stage, runs), color in zip(stages, cycle((PURPLE, OCHRE, BLUE, RED))):
        losses = runs.pivot(index="step", columns="start", values="l2")
        lines = axes.plot(begun + losses.index, losses, color=color, linewidth=0.7, alpha=0.8)
        name = _STAGES.get(str(stage), str(stage))
        starts = f", {len(lines)} starts, a line each" if len(lines) > 1 else ""
        lines[0].set_label(f"{name}{starts}")
        begun += len(losses)


def symbol(solution: pd.Series) -> str:
    """Return what a solution of the table was found along, as the paper writes it."""
    K = solution["number"]
    if solution["kind"] == "d":
        return rf"$\mathbf{{d}}$ from $\mathbf{{v}}^{{{K}}}$"
    return rf"$\mathbf{{v}}^{{{K}}}$" if solution["kind"] == "v" else str(solution["direction"])


def save(figure: Figure, path: str | Path) -> Path:
    """Write `path`.png and `path`.pdf, each whole or not at all; return the PNG's path.

    The same figure gives the same bytes.
    """
    path = Path(path)
    picture, document = (path.with_name(f"{path.name}.{kind}") for kind in ("png", "pdf"))
    with style.context(STYLE):
        with whole_file(picture) as draft:
            figure.savefig(draft, format="png", metadata={"Software": None})
        figure.set_layout_engine("none")  # the layout is settled now, for both files alike
        with whole_file(document) as draft:
            # Twice the dots: a document is zoomed into.
            figure.savefig(draft, format="pdf", dpi=400, metadata={"CreationDate": None})
    return picture


def finished(figure: Figure, records: Iterable[Record]) -> Figure:
    """Stamp a figure for which some network was not trained."""
    if words := stamp(records):
        text = figure.text(0.5, 0.5, words, ha="center", va="center", rotation=15)
        text.set(fontsize=3.4 * figure.get_figwidth(), color=RED, alpha=0.75)
        text.set_path_effects([withStroke(linewidth=3, foreground="white")])
    return figure
