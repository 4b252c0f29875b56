"""What Figs. 1 to 3 share: one drawing for the photograph, one for a sample."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure
from omegaconf import DictConfig

from eglass.reporting.figures import save
from experiments import building, campaign
from experiments.campaign import Records


def draw_shown(cfg: DictConfig, name: str, figure_of: Callable[[str], Figure]) -> dict[str, Path]:
    """Draw a figure for both shown targets, and return the pictures by name."""
    sample = building.samples(cfg)[cfg.samples.shown]["name"]
    return {
        title: save(figure_of(target), Path(cfg.results) / title)
        for title, target in ((name, "photograph"), (f"{name}_sample", sample))
    }


def drawing_command(
    draw: Callable[[DictConfig, Records], dict[str, Path]],
) -> Callable[[DictConfig], None]:
    """Return the task that explores what a figure shows, then draws it."""

    def task(cfg: DictConfig) -> None:
        nets = building.networks(cfg, cfg.problems)
        campaign.check(cfg, nets)
        for path in draw(cfg, campaign.run(cfg, nets, campaign.shown_targets)).values():
            print(path)

    return task
