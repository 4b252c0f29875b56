"""What a sweep found, drawn: its jobs as lines, what matters, and the best jobs' images."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib import colormaps, style
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from eglass.claims import EGLASS
from eglass.figures import STYLE, WIDTH
from eglass.pages import GREY, INK, Page
from eglass.records import Record
from eglass.sweeps import Sweep

#: A parameter whose largest value is so many times its smallest is drawn on a logarithmic axis.
LOGARITHMIC = 15.0


@style.context(STYLE)
def parallel_figure(sweep: Sweep) -> Figure:
    """Parallel coordinates: an axis a parameter, a line a job, coloured by its score."""
    scores = sweep.scores.dropna()
    columns = {name: sweep.settings.loc[scores.index, name] for name in sweep.settings}
    columns[sweep.objective] = scores
    figure = Figure(figsize=(max(WIDTH, 1.1 * len(columns)), 3.2), layout="constrained")
    axes = figure.subplots()
    heights = np.stack([_axis(axes, x, values) for x, values in enumerate(columns.values())])
    norm = Normalize(scores.min(), scores.max())
    cmap = colormaps["viridis" if sweep.maximise else "viridis_r"]
    # The best last, and so on top.
    for job in reversed(range(len(scores))):
        color = cmap(norm(scores.iloc[job]))
        axes.plot(heights[:, job], color=color, linewidth=1.1, alpha=0.85, zorder=2)
    axes.plot(heights[:, 0], color=INK, linewidth=1.8, zorder=3, label="best")
    axes.set(xlim=(-0.25, len(columns) - 0.6), ylim=(-0.04, 1.04), yticks=[])
    axes.set_xticks(range(len(columns)), [name.replace("_", "_\u200b") for name in columns])
    axes.tick_params(axis="x", length=0, labelsize=7)
    axes.spines[["left", "bottom"]].set_visible(False)
    bar = figure.colorbar(ScalarMappable(norm, cmap), ax=axes, pad=0.08, shrink=0.9)
    bar.outline.set_visible(False)
    bar.set_label(sweep.objective)
    return figure


def _axis(axes: Axes, x: int, values: pd.Series) -> np.ndarray:
    """Draw one upright axis, and return how high each value lies on it, from 0 to 1."""
    numbers = pd.to_numeric(values, errors="coerce")
    if numbers.isna().any():
        names = sorted(values.astype(str).unique())
        places = np.linspace(0, 1, len(names)) if len(names) > 1 else np.array([0.5])
        ticks = dict(zip(names, places))
        heights = values.astype(str).map(ticks).to_numpy(float)
    else:
        low, high = numbers.min(), numbers.max()
        logarithmic = low > 0 and high / low > LOGARITHMIC
        forward, back = (np.log, np.exp) if logarithmic else (np.asarray, np.asarray)
        ends = forward(np.array([low, high], float))
        span = max(ends[1] - ends[0], 1e-12)
        heights = (forward(numbers.to_numpy(float)) - ends[0]) / span
        shown = numbers.unique() if numbers.nunique() <= 6 else back(np.linspace(*ends, 5))
        ticks = {f"{value:.3g}": (forward(value) - ends[0]) / span for value in shown}
    axes.axvline(x, 0.04 / 1.08, 1.04 / 1.08, color=GREY, linewidth=0.7, zorder=1)
    for text, height in ticks.items():
        axes.plot([x, x + 0.03], [height, height], color=GREY, linewidth=0.7)
        note = axes.text(x + 0.05, height, text, fontsize=6, color=INK, va="center", zorder=4)
        note.set_bbox({"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 0.6})
    return heights


@style.context(STYLE)
def importance_figure(importance: pd.DataFrame) -> Figure:
    """How much each parameter matters, the most important on top."""
    figure = Figure(figsize=(WIDTH * 0.7, 0.55 + 0.22 * len(importance)), layout="constrained")
    axes = figure.subplots()
    rows = importance[::-1]
    axes.barh(rows.index, rows["mean"], 0.65, xerr=rows["std"], color="#3b75af", ecolor=GREY)
    axes.set(xlabel="loss in $R^2$ when its values are shuffled", xlim=(min(0, rows["mean"].min()), None))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    return figure


@style.context(STYLE)
def best_figure(sweep: Sweep, records: Mapping[str, Record]) -> Figure:
    """Images of some jobs, a row a job: target, measurement, G(z0), solutions at the fixed steps.

    Args:
        records: of one exploration a job, by the job's folder.
    """
    size, pitch, left, row_pitch = 0.95, 1.03, 0.06, 1.62
    steps = {job: _fixed_steps(record) for job, record in records.items()}
    columns = 3 + max(map(len, steps.values()))
    page = Page(2 * left + pitch * max(6, columns), row_pitch * len(records) + 0.2, size)
    for row, (job, record) in enumerate(records.items()):
        y = 0.34 + row_pitch * row
        title = f"{row + 1}.  {sweep.objective} {sweep.scores[job]:.4g}"
        page.text(title, left, y - 0.22, ha="left", fontsize=8, fontweight="bold")
        page.text(_short(sweep, job), left, y - 0.09, ha="left", fontsize=6.5, color=GREY)
        for i, show in enumerate((page.target, page.measurement, page.initial)):
            show(record, left + i * pitch, y)
        for i, (index, solution) in enumerate(steps[job].iterrows(), 3):
            label = rf"{solution['direction']}, $\eta = {solution['step']:+.3g}$"
            page.solution(record, index, left + i * pitch, y, label)
    page.legend(next(iter(records.values())), left, page.height - 0.09)
    return page.figure


def _fixed_steps(record: Record) -> pd.DataFrame:
    table = record.tables["solutions"]
    return table[table["method"] == EGLASS]


def _short(sweep: Sweep, job: str) -> str:
    values = sweep.settings.loc[job]
    return "   ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in values.items()
    )
