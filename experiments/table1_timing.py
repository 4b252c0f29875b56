"""Table 1: seconds to ten solutions, in the paper's protocol and against a stronger baseline.

For example:

    eglass table1
    eglass table1 profile=eyes
    eglass table1 timing.targets=6 timing.fast=null
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from eglass.workflows import all_targets, table1, timing

    nets = all_targets.rehearse(cfg)
    frame = table1.table(cfg, timing.run(cfg, nets), all_targets.run(cfg, nets))
    table1.write(cfg, frame)
    print(frame.to_string(index=False, float_format="{:.3g}".format, na_rep="–"))


if __name__ == "__main__":
    command(main)
