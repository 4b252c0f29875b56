"""A trained generator, drawn from the record of its training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import style
from matplotlib.figure import Figure

from eglass.records import Record
from eglass.records.digits import scientific
from eglass.reporting.figures import BLUE, RED, STYLE, WIDTH
from eglass.reporting.pages import Page

#: Images of a row, inches of one, and from one to the next.
ACROSS, SIZE, PITCH, EDGE = 10, 0.66, 0.7, 0.05


@style.context(STYLE)
def samples_figure(record: Record) -> Figure:
    """Draw images of random latents."""
    samples = record.arrays["samples"]
    rows = -(-len(samples) // ACROSS)
    page = Page(2 * EDGE + PITCH * ACROSS, 2 * EDGE + PITCH * rows, SIZE)
    for i, pixels in enumerate(samples):
        row, column = divmod(i, ACROSS)
        page.image(pixels, EDGE + PITCH * column, EDGE + PITCH * row, [])
    return page.figure


def held_out_figure(record: Record) -> Figure:
    """Draw held-out images above the nearest ones that the generator makes."""
    return _pairs(record, range(min(2 * ACROSS, len(record.arrays["held_out"]))))


def worst_figure(record: Record) -> Figure:
    """Draw the held-out images that the generator comes least near to, the worst first."""
    worst = record.tables["held_out"]["nearest"].to_numpy().argsort()[::-1]
    return _pairs(record, [int(i) for i in worst[:ACROSS]])


@style.context(STYLE)
def _pairs(record: Record, chosen: Sequence[int]) -> Figure:
    tall, left = 2 * PITCH + 0.2, 0.55
    lines = [chosen[i : i + ACROSS] for i in range(0, len(chosen), ACROSS)]
    page = Page(left + EDGE + PITCH * ACROSS, EDGE + tall * len(lines), SIZE)
    errors = record.tables["held_out"]["nearest"]
    for row, line in enumerate(lines):
        top = EDGE + tall * row
        page.text("held out", left - 0.06, top + SIZE / 2, ha="right")
        page.text("nearest", left - 0.06, top + PITCH + SIZE / 2, ha="right")
        for column, i in enumerate(line):
            x = left + PITCH * column
            page.image(record.arrays["held_out"][i], x, top, [])
            page.image(record.arrays["nearest"][i], x, top + PITCH, [scientific(errors[i])])
    return page.figure


@style.context(STYLE)
def training_figure(record: Record) -> Figure:
    """Draw how both stages went: what was lost in training, and how bad the held-out were."""
    figure = Figure(figsize=(WIDTH, 2.2), layout="constrained")
    history = record.tables["history"]
    labels = {
        "autoencoder": ("Autoencoder", "mean squared error, held out"),
        "prior": ("Prior", "nats a dimension"),
    }
    for axes, (stage, (title, label)) in zip(figure.subplots(1, 2), labels.items()):
        judged = history[history["stage"] == stage]
        axes.plot(judged["step"], judged["held_out"], color=BLUE, label="held out")
        if stage == "prior":
            axes.plot(judged["step"], judged["loss"], color=RED, label="trained on")
            axes.legend()
        else:
            axes.set(yscale="log")
        best = judged["held_out"].to_numpy(float)
        axes.plot(judged["step"].iloc[np.argmin(best)], best.min(), "o", color=BLUE, markersize=3)
        axes.set(title=title, xlabel="step", ylabel=label)
        axes.grid(axis="y")
    return figure
