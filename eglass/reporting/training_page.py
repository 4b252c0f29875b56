"""One HTML page of a generator that was trained: what it makes, and what it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eglass.records import Record
from eglass.records.digits import scientific
from eglass.reporting.html import embedded, write_html

_FIGURES = {
    "samples": (
        "Samples",
        "Images of random latents, none chosen. Solutions are made of such images: what does not "
        "look like one of yours here will not in a solution either.",
    ),
    "held_out": (
        "What it can make",
        "Images that it was not trained on, above the nearest ones that it makes, searched for as "
        "an inversion does that sees everything. Under each the mean squared error of pixels in "
        "[0, 1], to be set beside the threshold at which a solution counts as feasible.",
    ),
    "worst": (
        "What it cannot make",
        "The held-out images that it comes least near to, the worst first. What is missing below "
        "one of them, no inversion of this generator can find, but for what the adaptation of its "
        "weights adds.",
    ),
    "training": (
        "How the training went",
        "The dot is what was kept. An autoencoder whose error falls to the end would gain from "
        "more steps; a prior whose held-out likelihood turns, from more images.",
    ),
}


def write_page(path: Path, record: Record, figures: Mapping[str, Path], weights: Path) -> None:
    """Write the page, whole or not at all.

    Args:
        record: of the training.
        figures: PNG files, named samples, held_out, worst and training.
        weights: the file that was written.
    """
    numbers, seconds = record.meta["numbers"], record.meta["timings"]
    channels, height, width = record.meta["size"]
    write_html(
        path,
        "training.html.j2",
        source=record.meta["source"],
        size=f"{width}×{height}, {channels} channel{'s' if channels > 1 else ''}",
        weights=weights,
        numbers={
            "Images trained on": f"{numbers['trained_on']:,}",
            "Images held out": f"{numbers['held_out']:,}",
            "RMSE of held-out images, searched for": f"{numbers['nearest_rmse']:.4f}",
            "The same, from the encoder": f"{numbers['encoded_rmse']:.4f}",
            "Mean squared error: median, worst": (
                f"{scientific(numbers['nearest_median'])}, {scientific(numbers['nearest_worst'])}"
            ),
            "Share of them at 1e-3 or less": f"{numbers['share_at_1e-3']:.0%}",
            "Norm of their latents, of a typical one": f"{numbers['latent_norm']:.2f}",
            "Seconds: autoencoder, prior": (
                f"{seconds['autoencoder']:.0f}, {seconds['prior']:.0f} "
                f"({seconds['cpu']:.0f} of a processor)"
            ),
        },
        settings=record.meta["training"],
        figures=[
            {"title": heading, "caption": caption, "uri": embedded(figures[name])}
            for name, (heading, caption) in _FIGURES.items()
        ],
    )
