"""The claims table: each thing the paper says, beside what was measured.

For example:

    eglass claims
    eglass claims profile=eyes
    eglass claims claims.resamples=10000 claims.confidence=0.9
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from eglass.workflows import all_targets, claims, timing

    nets = all_targets.rehearse(cfg)
    records = all_targets.run(cfg, nets)
    frame = claims.table(cfg, records, timing.run(cfg, nets))
    claims.write(cfg, frame)
    print(claims.show(frame))


if __name__ == "__main__":
    command(main)
