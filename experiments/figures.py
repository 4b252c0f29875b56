"""Every figure, table and the report, from records: needs none of the weights.

For example:

    eglass figures
    eglass figures profile=eyes
    eglass figures samples.shown=3
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from eglass.workflows import claims, figures, recorded, table1

    drawn = figures.draw_all(cfg, recorded.load(cfg), table1.load_timings(cfg))
    print(claims.show(drawn.tables["claims"]))
    print(f"\nreport: {drawn.report}")


if __name__ == "__main__":
    command(main)
