"""Beyond the paper: all that each measurement leaves open, drawn without bias, and how rare it is.

For example:

    eglass exact
    eglass exact 'exact.thresholds=[1e-2]' samples.count=4
    eglass exact shard.index=1 shard.of=2
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from eglass.workflows import exact

    for line in exact.sample(cfg):
        print(line, flush=True)


if __name__ == "__main__":
    command(main)
