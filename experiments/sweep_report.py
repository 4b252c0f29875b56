"""What a sweep found, from its jobs' records: one CSV, and one page that loads nothing.

For example:

    eglass sweep-report
    eglass sweep-report profile.name=sr
    eglass sweep-report objective=algorithm1_steps/l2_mean hydra.sweeper.direction=minimize
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from eglass.workflows import sweep_report

    sweep_report.report(cfg)


if __name__ == "__main__":
    command(main, "sweep")
