"""How long computations say how far they are, and how they are stopped."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from tqdm import tqdm


class Progress(Protocol):
    """A function that is called now and then; whatever it raises ends the computation.

    Args:
        stage: what is being computed, such as `adaptation` or `geometry`.
        done, total: steps of that stage. An early end is reported as `done == total`.
        l2: the best ℓ2 so far, where there is one.
    """

    def __call__(self, stage: str, done: int, total: int, l2: float | None = None) -> None: ...


class Cancelled(Exception):
    """Raise this from a `Progress` to end what it reports."""


def silent(stage: str, done: int, total: int, l2: float | None = None) -> None:
    """Report nothing."""


class ProgressBar:
    """A bar on the terminal for the stage under way, gone once it is done."""

    def __init__(self) -> None:
        self._bar: tqdm | None = None
        self._stage = ""

    def __call__(self, stage: str, done: int, total: int, l2: float | None = None) -> None:
        if self._bar is None or self._stage != stage:
            self.close()
            self._stage = stage
            self._bar = tqdm(total=total, desc=stage, leave=False, dynamic_ncols=True)
        if l2 is not None:
            self._bar.set_postfix(l2=f"{l2:.3g}", refresh=False)
        self._bar.update(done - self._bar.n)
        if done >= total:
            self.close()

    def close(self) -> None:
        """Take the bar off the terminal."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Silence what Lightning says of devices, data loaders and tips; our data is a step count."""
    loggers = [logging.getLogger(name) for name in ("pytorch_lightning", "lightning.pytorch")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="pytorch_lightning")
            warnings.filterwarnings("ignore", module="lightning")
            yield
    finally:
        for logger, level in zip(loggers, levels):
            logger.setLevel(level)
