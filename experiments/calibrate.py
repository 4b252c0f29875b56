"""Calibration of the exact samplers: truths from the prior, and their ranks among the draws.

For example:

    eglass calibrate
    eglass calibrate samplers.reflections.truths=50 samplers.from_scratch=null
    eglass calibrate noises.gaussian=null ~problem@problems.inpainting
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
