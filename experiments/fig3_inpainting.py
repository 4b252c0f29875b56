"""Fig. 3: solutions of inpainting by PULSE, along v^K, and along d."""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig

from eglass.reporting.figures import solutions_figure
from experiments.campaign import Records
from experiments.cli import command
from experiments.drawing import draw_shown, drawing_command


def draw(cfg: DictConfig, records: Records) -> dict[str, Path]:
    """Draw it for the photograph, and for a sample."""
    found = records["inpainting"]
    return draw_shown(cfg, "fig3_inpainting", lambda target: solutions_figure(found[target]))


if __name__ == "__main__":
    command(drawing_command(draw))
