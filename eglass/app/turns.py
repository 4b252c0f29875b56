"""Long computations take turns: one at a time; whoever waits is told how many are before."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from eglass.progress import Cancelled, Progress

#: Takes what is to be said to a visitor: JSON data.
Tell = Callable[[dict[str, Any]], None]

#: Seconds between two reports of progress.
SELDOM = 0.05


@dataclass(eq=False)
class Turn:
    """A computation of a visitor's, waiting or under way.

    Attributes:
        compute: what is done, in another thread; it is given a progress that ends it once it is
            cancelled, and what tells the visitor.
        tell: tells the visitor.
    """

    compute: Callable[[Progress, Tell], None]
    tell: Tell
    _cancelled: threading.Event = field(default_factory=threading.Event)
    _told: float = 0.0
    _over: bool = False

    def cancel(self) -> None:
        """Have it end, unless it has; its visitor is told at once."""
        if not self._cancelled.is_set() and not self._over:
            self._cancelled.set()
            self.tell({"type": "cancelled"})

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def end(self, what: dict[str, Any]) -> None:
        """Tell the visitor how it ended."""
        self._over = True
        self.say(what)

    def progress(self, stage: str, done: int, total: int, l2: float | None = None) -> None:
        """Tell the visitor how far it is.

        Raises:
            Cancelled: it is to end.
        """
        if self.cancelled:
            raise Cancelled
        now = time.monotonic()
        if done >= total or now - self._told > SELDOM:
            self._told = now
            self.say({"type": "progress", "stage": stage, "done": done, "total": total, "l2": l2})

    def say(self, what: dict[str, Any]) -> None:
        """Tell the visitor, unless it is cancelled."""
        if not self.cancelled:
            self.tell(what)

    def __call__(self) -> None:
        """Compute, and say how it ended; runs in another thread."""
        try:
            if not self.cancelled:
                self.compute(self.progress, self.say)
                self.end({"type": "done"})
        except Cancelled:
            return


class Turns:
    """Runs one computation at a time, in the order in which they came.

    Args:
        failed: says in one line what went wrong; none of a bug, which is raised.
    """

    def __init__(self, failed: Callable[[Exception], str]):
        self._failed = failed
        self._waiting: list[Turn] = []
        self._free = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "computing")

    async def take(self, turn: Turn) -> None:
        """Wait for a turn, and compute."""
        self._waiting.append(turn)
        self._say_places()
        try:
            async with self._free:
                if not turn.cancelled:
                    turn.tell({"type": "started"})
                    loop = asyncio.get_running_loop()
                    await loop.run_in_executor(self._thread, turn)
        except Exception as error:
            turn.end({"type": "failed", "line": self._failed(error)})
        finally:
            self._waiting.remove(turn)
            self._say_places()

    def _say_places(self) -> None:
        ahead = 0
        for turn in self._waiting:
            if turn.cancelled:
                # The one that is cancelled under way still has to end.
                ahead += turn is self._waiting[0]
                continue
            if ahead:
                turn.tell({"type": "waiting", "ahead": ahead})
            ahead += 1

    def close(self) -> None:
        """Cancel all of them."""
        for turn in self._waiting:
            turn.cancel()
        self._thread.shutdown(wait=True, cancel_futures=True)
