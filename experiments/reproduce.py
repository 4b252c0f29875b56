"""The paper, end to end: explorations, timing, figures, tables, W&B, report.

For example:

    eglass reproduce
    eglass reproduce profile=eyes
    eglass reproduce explorer.k=30 samples.count=48
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from eglass.workflows import claims, figures, reproduction, tracking
    from eglass.workflows.helpers import helpers

    tracking.tracker(cfg)
    records, timings = reproduction.everything(cfg)
    with helpers(lambda: tracking.log_records(cfg, records), count=1):
        drawn = figures.draw_all(cfg, records, timings)
    tracking.log_everything(cfg, records, drawn.tables, drawn.pictures)
    print(claims.show(drawn.tables["claims"]))
    print(f"\nreport: {drawn.report}")


if __name__ == "__main__":
    command(main)
