"""All benchmarks, one after another, then their figures: `eglass bench`.

For example:

    eglass bench
    eglass bench device=cuda
    eglass bench bench.geometry.repetitions=9
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from . import drawing, geometry, inversion, solutions, targets

    for benchmark in (geometry, solutions, inversion, targets):
        benchmark.main(cfg)
    drawing.main(cfg)


if __name__ == "__main__":
    command(main, "bench")
