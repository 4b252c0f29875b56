"""Rooms know only what is below them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: From the bottom: a room imports from floors below its own, and from no other room of its own.
FLOORS = [
    {"errors"},
    {"files", "progress"},
    {"settings", "images", "records", "weights"},
    {"problems", "generators", "perceptual"},
    {"inversion", "geometry", "training"},
    {"posterior"},
    {"exploration"},
    {"evaluation"},
    {"pipeline", "reporting"},
    {"configuration", "recording"},
    # `eglass` itself is the door of all that is below.
    {"workflows", "eglass", "cli"},
    {"app"},
    {"experiments", "notebooks", "__main__"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def room_of(module: str) -> str:
    """Return the room that a dotted name of a module lies in."""
    package, *inside = module.split(".")
    return inside[0] if package == "eglass" and inside else package


def imported(code: str, package: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the room of every import of ours, wherever in the code it stands."""
    for node in ast.walk(ast.parse(code)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [resolve_name("." * node.level + (node.module or ""), package)]
            if names == ["eglass"]:
                # A room, or one of the names that the door offers.
                rooms = [alias.name for alias in node.names]
                names = [f"eglass.{room}" if room in FLOOR else "eglass" for room in rooms]
        for name in names:
            if name.split(".")[0] in ("eglass", "experiments", "notebooks"):
                yield node.lineno, room_of(name)


def files() -> list[Path]:
    return [
        p for part in ("eglass", "experiments", "notebooks") for p in (ROOT / part).rglob("*.py")
    ]


def test_every_room_is_on_a_floor():
    rooms = {room_of(".".join(p.relative_to(ROOT).with_suffix("").parts)) for p in files()}
    assert rooms - {"__init__"} == set(FLOOR) - {"eglass"}


def test_imports_go_down():
    wrong = []
    for path in files():
        parts = path.relative_to(ROOT).with_suffix("").parts
        room = room_of(".".join(parts))
        room = "eglass" if room == "__init__" else room
        for line, other in imported(path.read_text(), ".".join(parts[:-1])):
            if other != room and FLOOR[other] >= FLOOR[room]:
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {other}")
    assert wrong == []


def test_an_import_is_found_wherever_it_hides():
    code = """
from eglass import workflows, Record
if TYPE_CHECKING:
    import eglass.reporting.figures as figures
def late():
    from ..pipeline import explore
"""
    assert [room for _, room in sorted(imported(code, "eglass.records"))] == [
        "eglass",
        "workflows",
        "reporting",
        "pipeline",
    ]
