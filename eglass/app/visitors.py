"""Visitors: what each has uploaded, what he explores, and what is said to him."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eglass.app.asked import Asked
from eglass.app.laboratory import Laboratory, Run
from eglass.app.turns import Tell, Turn, Turns
from eglass.app.uploads import MOST, Upload
from eglass.progress import Progress


@dataclass(eq=False)
class Visitor:
    """Somebody with the page open.

    Attributes:
        token: by which his uploads are his.
        uploads: by names that nobody else knows.
        run: what he explored last, and walks from.
        turn: what is computed for him, or waits.
        outbox: what is to be said to him; none once he has left.
    """

    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    uploads: dict[str, Upload] = field(default_factory=dict)
    run: Run | None = None
    turn: Turn | None = None
    outbox: asyncio.Queue[dict[str, Any]] | None = None
    _leaving: asyncio.TimerHandle | None = None

    def add(self, upload: Upload) -> str:
        """Keep an upload, and return its name; the oldest goes where there are many."""
        token = secrets.token_urlsafe(12)
        self.uploads[token] = upload
        while len(self.uploads) > MOST:
            self.uploads.pop(next(iter(self.uploads))).remove()
        return token

    def forget(self) -> None:
        """Take all of his uploads away."""
        while self.uploads:
            self.uploads.popitem()[1].remove()


class Visitors:
    """All visitors, and the one computation that is under way.

    Args:
        laboratory: explores.
        turns: says whose turn it is.
        patience: seconds for which one who left may come back.
    """

    def __init__(self, laboratory: Laboratory, turns: Turns, patience: float):
        self._laboratory = laboratory
        self._turns = turns
        self._patience = patience
        self._known: dict[str, Visitor] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, token: str | None) -> Visitor | None:
        """Return who has a token; none has an unknown one."""
        return self._known.get(token or "")

    def come(self, token: str | None) -> Visitor:
        """Return who comes, or comes back."""
        visitor = self.of(token)
        if visitor is None or visitor.outbox is not None:
            # A second page of his own is another visitor.
            visitor = Visitor()
            self._known[visitor.token] = visitor
        if visitor._leaving is not None:
            visitor._leaving.cancel()
        visitor.outbox = asyncio.Queue()
        return visitor

    def leave(self, visitor: Visitor) -> None:
        """End what is computed for him; if he does not come back, his uploads go."""
        self.cancel(visitor)
        visitor.outbox = None

        def forget() -> None:
            visitor.forget()
            self._known.pop(visitor.token, None)

        visitor._leaving = asyncio.get_running_loop().call_later(self._patience, forget)

    def explore(self, visitor: Visitor, number: int, given: Mapping[str, Any]) -> None:
        """Have what he asks explored, in his turn; what was asked before ends.

        Args:
            number: of the request, which all that is said of it has.
            given: as `Asked.of` takes it.
        """
        self.cancel(visitor)
        loop, uploads = asyncio.get_running_loop(), dict(visitor.uploads)

        def tell(what: dict[str, Any]) -> None:
            loop.call_soon_threadsafe(say, what | {"run": number})

        def say(what: dict[str, Any]) -> None:
            if visitor.outbox is not None:
                visitor.outbox.put_nowait(what)

        def compute(progress: Progress, tell: Tell) -> None:
            asked = Asked.of(given)
            progress("networks", 0, 1)
            task = self._laboratory.task(asked, uploads)
            tell({"type": "commands"} | self._laboratory.commands(asked, uploads))
            for run in self._laboratory.run(task, progress, tell):
                visitor.run = run

        visitor.turn = Turn(compute, tell)
        task = loop.create_task(self._turns.take(visitor.turn))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @staticmethod
    def cancel(visitor: Visitor) -> None:
        """End what is computed for him, if anything is."""
        if visitor.turn is not None:
            visitor.turn.cancel()
            visitor.turn = None

    def close(self) -> None:
        """Cancel everything."""
        self._turns.close()
