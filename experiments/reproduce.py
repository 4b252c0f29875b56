"""The paper, end to end: explorations, timing, figures, tables, W&B, report."""

from __future__ import annotations

from omegaconf import DictConfig

from experiments import building, campaign, claims, figures, timing, tracking
from experiments.cli import command


def main(cfg: DictConfig) -> None:
    nets = building.networks(cfg, cfg.problems)
    campaign.check(cfg, nets)
    # Timing first, while the machine is as cool and idle as it will be.
    timings = timing.run(cfg, nets)
    records = campaign.run(cfg, nets)
    drawn = figures.draw_all(cfg, records, timings)
    explored = [record for by_target in records.values() for record in by_target.values()]
    tracking.log_everything(cfg, explored, drawn.tables, drawn.pictures)
    print(claims.show(drawn.tables["claims"]))
    print(f"\nreport: {drawn.report}")


if __name__ == "__main__":
    command(main)
