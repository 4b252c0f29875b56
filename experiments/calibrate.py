"""Calibration of the exact samplers: truths from the prior, and their ranks among the draws.

For example:

    make calibrate
    make calibrate ARGS="truths=50 kernel.moves=4"
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from eglass.workflows import calibration

    for line in calibration.calibrate(cfg):
        print(line)


if __name__ == "__main__":
    command(main, "calibrate")
