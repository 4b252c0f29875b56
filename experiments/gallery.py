"""One image under every problem of `conf/gallery.yaml`: a page with their solutions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from eglass.reporting.figures import gallery_figure, save
from experiments import building, campaign, exploration, tracking
from experiments.cli import command


def targets(cfg: DictConfig, problem: str) -> list[dict[str, Any]]:
    """Describe the one target."""
    return [building.photograph(cfg, problem)]


def main(cfg: DictConfig) -> None:
    nets = building.networks(cfg, cfg.problems)
    log = tracking.tracker(cfg)
    for name, problem in cfg.problems.items():
        for target in targets(cfg, problem.name):
            exploration.check(cfg, problem, target, nets[str(name)])
    found = campaign.run(cfg, nets, targets)
    records = {name: record for name, by_target in found.items() for record in by_target.values()}
    tracking.log_records(log, list(records.values()))
    print(save(gallery_figure(records), Path(cfg.results) / "gallery"))


if __name__ == "__main__":
    command(main, "gallery")
