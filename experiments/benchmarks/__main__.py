"""All benchmarks, one after another, then their figures: `make bench`."""

from __future__ import annotations

from omegaconf import DictConfig

from experiments.benchmarks import drawing, geometry, inversion, solutions, targets
from experiments.cli import command


def main(cfg: DictConfig) -> None:
    for benchmark in (geometry, solutions, inversion, targets):
        benchmark.main(cfg)
    drawing.main(cfg)


if __name__ == "__main__":
    command(main, "bench")
