"""All benchmarks, one after another, their figures, and what became slower: `eglass bench`.

For example:

    eglass bench
    eglass bench device=cuda
    eglass bench bench.geometry.repetitions=9
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from eglass.configuration import command

if TYPE_CHECKING:
    from .results import Result


def measure(cfg: DictConfig) -> Iterator[Result]:
    """Run every benchmark."""
    from . import geometry, inversion, solutions, targets

    yield geometry.measure(cfg)
    yield from solutions.measure_all(cfg)
    yield inversion.measure(cfg)
    yield targets.measure(cfg)


def main(cfg: DictConfig) -> None:
    from . import drawing, timing

    said = timing.keep(cfg, measure(cfg))
    drawing.main(cfg)
    print(said)


if __name__ == "__main__":
    command(main, "bench")
