"""The paper, end to end: explorations, timing, figures, tables, W&B, report.

For example:

    make reproduce
    make reproduce PROFILE=eyes
    make reproduce ARGS="explorer.k=30 samples.count=48"
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from eglass.workflows import all_targets, claims, figures, timing, tracking

    nets = all_targets.rehearse(cfg)
    # Timing first, while the machine is as cool and idle as it will be.
    timings = timing.run(cfg, nets)
    records = all_targets.run(cfg, nets)
    drawn = figures.draw_all(cfg, records, timings)
    tracking.log_everything(cfg, records, drawn.tables, drawn.pictures)
    print(claims.show(drawn.tables["claims"]))
    print(f"\nreport: {drawn.report}")


if __name__ == "__main__":
    command(main)
