"""Fig. 1: what v^K and d correlate with, on both problems."""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig

from eglass.reporting.figures import correlation_figure
from experiments.campaign import Records
from experiments.cli import command
from experiments.drawing import draw_shown, drawing_command


def draw(cfg: DictConfig, records: Records) -> dict[str, Path]:
    """Draw it for the photograph, and for the sample shown beside it."""
    return draw_shown(
        cfg,
        "fig1_correlation",
        lambda target: correlation_figure({name: r[target] for name, r in records.items()}),
    )


if __name__ == "__main__":
    command(drawing_command(draw))
