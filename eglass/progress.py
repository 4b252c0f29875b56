"""How long computations say how far they are, and how they are stopped."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from tqdm import tqdm

#: Seconds from one line to the next, where progress goes to a file.
LINE_EVERY = 30.0


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


class _Lines(tqdm):
    """A line now and then, where a bar would fill a file with control characters."""

    def display(self, msg: str | None = None, pos: int | None = None) -> None:
        self.fp.write(f"{self if msg is None else msg}\n")

    def set_postfix_str(self, s: str = "", refresh: bool = False) -> None:
        super().set_postfix_str(s, refresh=False)

    def clear(self, nolock: bool = False) -> None:
        """What is written stays."""

    def close(self) -> None:
        """Say that it is done, if anything was said before.

        One that was stopped says nothing: this comes after the line that says why.
        """
        if not self.disable:
            self.disable = True
            self._decr_instances(self)  # type: ignore[attr-defined]
            done = self.total is None or self.n >= self.total
            if done and self.last_print_t > self.start_t and self.n > self.last_print_n:
                self.display()


def bar(iterable: Iterable[Any] | None = None, *, desc: str, **options: Any) -> tqdm:
    """Return tqdm's bar on a terminal; in a file, a line now and then and one at the end.

    What is over in less than that leaves no line.

    Args:
        iterable, desc, options: as tqdm takes them.
    """
    if sys.stderr.isatty():
        return tqdm(iterable, desc=desc, file=sys.stderr, dynamic_ncols=True, **options)
    in_lines: dict[str, Any] = {
        "bar_format": "{desc}: {n_fmt}/{total_fmt}, {elapsed} so far{postfix}",
        "mininterval": LINE_EVERY,
        "maxinterval": 1e9,
        # Left to itself, tqdm waits for as many steps as it has seen in that time.
        "miniters": 0,
        "delay": LINE_EVERY,
    }
    return _Lines(iterable, desc=desc, file=sys.stderr, **in_lines, **options)


class ProgressBar:
    """A bar on the terminal for the stage under way, gone once it is done."""

    def __init__(self) -> None:
        self._bar: tqdm | None = None
        self._stage = ""

    def __call__(self, stage: str, done: int, total: int, l2: float | None = None) -> None:
        if self._bar is None or self._stage != stage:
            self.close()
            self._stage = stage
            self._bar = bar(total=total, desc=stage, leave=False)
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
