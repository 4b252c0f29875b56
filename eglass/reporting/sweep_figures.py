"""What a sweep found, drawn: its jobs as lines, what matters, and the best jobs' images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import colormaps, style
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from eglass.evaluation.claims import of_method
from eglass.evaluation.sweeps import Importance, Sweep
from eglass.records import Record, names
from eglass.reporting.figures import BLUE, STYLE, WIDTH, finished, symbol
from eglass.reporting.pages import GREY, INK, Page

#: A parameter whose largest value is so many times its smallest is drawn on a logarithmic axis.
LOGARITHMIC = 8.0


@style.context(STYLE)
def parallel_figure(sweep: Sweep) -> Figure:
    """Parallel coordinates: an axis a parameter, a line a job, coloured by its score."""
    scores = sweep.scores.dropna()
    columns = {name: values[scores.index] for name, values in sweep.settings.items()}
    columns[sweep.objective] = scores
    figure = Figure(figsize=(max(WIDTH, 1.05 * len(columns)), 3.2), layout="constrained")
    axes = figure.subplots()
    heights = np.stack([_axis(axes, x, values) for x, values in enumerate(columns.values())])
    quality = Normalize(scores.min(), scores.max())(scores.to_numpy(float))
    shade = 0.25 + 0.75 * (quality if sweep.maximise else 1 - quality)
    # The best last, and so on top.
    for job in reversed(range(len(scores))):
        axes.plot(heights[:, job], color=colormaps["PuBu"](shade[job]), linewidth=1.1)
    axes.plot(heights[:, 0], color=INK, linewidth=1.8)
    axes.set(xlim=(-0.1, len(columns) - 0.55), ylim=(-0.03, 1.03), yticks=[])
    axes.set_xticks(range(len(columns)), [name.replace(".", ".\n") for name in columns])
    axes.tick_params(axis="x", length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    return figure


def _axis(axes: Axes, x: int, values: pd.Series) -> np.ndarray:
    """Draw one upright axis, and return how high each value lies on it, from 0 to 1."""
    numbers = pd.to_numeric(values, errors="coerce")
    if numbers.isna().any():
        names = sorted(values.astype(str).unique())
        ticks = dict(zip(names, np.linspace(0, 1, len(names))))
        heights = values.astype(str).map(ticks).to_numpy(float)
    else:
        low, high = float(numbers.min()), float(numbers.max())
        whole = (numbers % 1 == 0).all()
        logarithmic = not whole and low > 0 and high / low > LOGARITHMIC
        places = LogLocator(subs=(1, 2, 5)) if logarithmic else MaxNLocator(6, integer=bool(whole))
        scale = LogNorm(low, high) if logarithmic else Normalize(low, high)
        shown = [value for value in places.tick_values(low, high) if low <= value <= high]
        ticks = {f"{value:g}": float(scale(value)) for value in shown}
        heights = np.asarray(scale(numbers.to_numpy(float)))
    axes.plot([x, x], [0, 1], color=GREY, linewidth=0.7, zorder=1)
    for text, height in ticks.items():
        axes.plot([x, x + 0.03], [height, height], color=GREY, linewidth=0.7)
        note = axes.text(x + 0.05, height, text, fontsize=6.5, color=INK, va="center", zorder=4)
        note.set_bbox({"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 0.6})
    return heights


@style.context(STYLE)
def importance_figure(importance: Importance) -> Figure:
    """How much each parameter matters, the most important on top."""
    rows = importance.table[::-1]
    figure = Figure(figsize=(WIDTH * 0.7, 0.75 + 0.22 * len(rows)), layout="constrained")
    axes = figure.subplots()
    share = f"Of jobs that it has not seen, the forest explains {importance.explained:.0%}"
    axes.set_title(f"{share} of the variance")
    axes.barh(rows.index, rows["mean"], 0.65, xerr=rows["std"], color=BLUE, ecolor=GREY)
    axes.set(
        xlabel="loss in $R^2$ when the values of this setting are shuffled",
        xlim=(min(0, rows["mean"].min()), None),
    )
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    return figure


@style.context(STYLE)
def best_figure(sweep: Sweep, records: Mapping[str, Sequence[Record]]) -> Figure:
    """Images of some jobs, a row a job: of each target the measurement, G(z0), and the solutions.

    Args:
        records: the explorations of each job, as many of every one, by the job's folder.
    """
    size, pitch, left, row_pitch = 0.95, 1.03, 0.06, 1.67
    block = 3 + max(len(_steps(record)) for found in records.values() for record in found)
    blocks = max(map(len, records.values()))
    page = Page(2 * left + (block + 0.2) * blocks * pitch, row_pitch * len(records) + 0.2, size)
    for row, (job, found) in enumerate(records.items()):
        y = 0.34 + row_pitch * row
        title = f"{row + 1}.  {sweep.objective} {sweep.scores[job]:.3g}"
        page.text(title, left, y - 0.22, ha="left", fontsize=8, fontweight="bold")
        settings = sweep.settings.loc[[job]].to_dict("records")[0].items()
        said = (
            f"{name} {v:.3g}" if isinstance(v, float) else f"{name} {v}" for name, v in settings
        )
        page.text("   ".join(said), left, y - 0.09, ha="left", color=GREY)
        for i, record in enumerate(found):
            x = page.given(record, left + i * (block + 0.2) * pitch, y, pitch)
            for j, (index, solution) in enumerate(_steps(record).iterrows()):
                label = rf"{symbol(solution)}, $\eta = {solution['step']:+.3g}$"
                page.solution(record, index, x + j * pitch, y, label)
    page.legend(found[0], left, page.height - 0.09)
    return finished(page.figure, [record for found in records.values() for record in found])


def _steps(record: Record) -> pd.DataFrame:
    """Return the solutions at the fixed steps along d."""
    return of_method(record, names.ALGORITHM1_STEPS)
