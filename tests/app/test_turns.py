"""One computation at a time: who waits is told so, and what is cancelled ends."""

from __future__ import annotations

import asyncio
import threading

import pytest

from eglass.app.turns import Turn, Turns
from eglass.errors import InputError


class Visit:
    """A visitor whose computation goes on until it may end."""

    def __init__(self) -> None:
        self.said: list[dict] = []
        self.may_end, self.begun = threading.Event(), threading.Event()
        self.turn = Turn(self.compute, self.said.append)

    def compute(self, progress, tell) -> None:
        self.begun.set()
        while not self.may_end.wait(0.001):
            progress("thinking", 0, 10)
        tell({"type": "found"})

    @property
    def kinds(self) -> list[str]:
        return [each["type"] for each in self.said if each["type"] != "progress"]


def run(scene) -> None:
    """Play a scene with some turns."""

    async def played() -> None:
        turns = Turns(lambda error: f"refused: {error}")
        await asyncio.wait_for(scene(turns), 10)
        turns.close()

    asyncio.run(played())


async def begun(visit: Visit) -> None:
    while not visit.begun.is_set():
        await asyncio.sleep(0.001)


def test_the_second_waits_and_is_told_how_many_are_before():
    one, two, three = Visit(), Visit(), Visit()

    async def scene(turns):
        tasks = [asyncio.create_task(turns.take(each.turn)) for each in (one, two, three)]
        await begun(one)
        assert [each["ahead"] for each in two.said] == [1, 1]
        assert three.said == [{"type": "waiting", "ahead": 2}]
        assert not two.begun.is_set()
        one.may_end.set()
        await begun(two)
        assert three.said[-1] == {"type": "waiting", "ahead": 1}
        two.may_end.set()
        three.may_end.set()
        await asyncio.gather(*tasks)

    run(scene)
    assert one.kinds == ["started", "found", "done"]
    assert three.kinds[-3:] == ["started", "found", "done"]


def test_a_cancelled_one_says_so_at_once_and_the_next_begins():
    one, two = Visit(), Visit()

    async def scene(turns):
        tasks = [asyncio.create_task(turns.take(each.turn)) for each in (one, two)]
        await begun(one)
        one.turn.cancel()
        assert one.kinds == ["started", "cancelled"]
        await begun(two)
        two.may_end.set()
        await asyncio.gather(*tasks)

    run(scene)
    assert one.kinds == ["started", "cancelled"]
    assert two.kinds[-1] == "done"


def test_who_cancels_while_waiting_never_begins():
    one, two = Visit(), Visit()

    async def scene(turns):
        tasks = [asyncio.create_task(turns.take(each.turn)) for each in (one, two)]
        await begun(one)
        two.turn.cancel()
        one.may_end.set()
        await asyncio.gather(*tasks)

    run(scene)
    assert not two.begun.is_set()
    assert two.kinds == ["waiting", "cancelled"]


def test_what_is_over_cannot_be_cancelled():
    one = Visit()
    one.may_end.set()

    async def scene(turns):
        await turns.take(one.turn)
        one.turn.cancel()

    run(scene)
    assert one.kinds == ["started", "found", "done"]


@pytest.mark.parametrize("error", [InputError("too dark"), ZeroDivisionError("a bug")])
def test_what_fails_is_said_in_a_line_and_the_next_one_has_its_turn(error):
    said: list[dict] = []

    def fails(progress, tell):
        raise error

    two = Visit()
    two.may_end.set()

    async def scene(turns):
        await turns.take(Turn(fails, said.append))
        await turns.take(two.turn)

    run(scene)
    assert said[-1] == {"type": "failed", "line": f"refused: {error}"}
    assert two.kinds == ["started", "found", "done"]
