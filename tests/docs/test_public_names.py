"""What is public is listed, and every public name says what it takes, returns and refuses."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
from dataclasses import is_dataclass
from pathlib import Path

import pytest

import eglass
from tests.docs.site import listed_names, public_objects

LISTED = listed_names()
ROOMS = sorted(
    f"eglass.{path.parent.name}" for path in Path(eglass.__file__).parent.glob("*/__init__.py")
)
#: Rooms of the commands, of which nobody's program imports anything.
PRIVATE = ("eglass.app", "eglass.workflows")
OBJECTS = public_objects()
ARRAYS = re.compile(r"\b(?:Tensor|ndarray|NDArray)\b")
SHAPED = re.compile(r"\b(?:Float|Complex|Bool|Int|UInt8|Shaped|Num|Inexact)\[")


@pytest.mark.parametrize("room", [room for room in ROOMS if room not in PRIVATE])
def test_the_page_of_the_library_lists_the_names_of_a_room(room):
    # One that a room hands on from another is listed there.
    elsewhere = {name for other, names in LISTED.items() if other != room for name in names}
    names = set(importlib.import_module(room).__all__)
    listed = set(LISTED.get(room, ()))
    assert names - elsewhere == listed - elsewhere, "list it in docs/api.rst, or make it private"
    assert not any(name.startswith("_") for name in names)


def test_it_lists_every_name_of_the_package():
    assert set(eglass.__all__) <= {name for names in LISTED.values() for name in names}


def functions() -> dict[str, object]:
    """Return every public function, and every public method that a public class defines."""
    found = {}
    for dotted, it in OBJECTS.items():
        if inspect.isclass(it):
            for name, member in vars(it).items():
                method = getattr(member, "__func__", member)
                # Without a docstring of its own it does what its base, or PyTorch, documents.
                if inspect.isfunction(method) and method.__doc__ and not name.startswith("_"):
                    found[f"{dotted}.{name}"] = method
        elif inspect.isfunction(it):
            found[dotted] = it
    return {name: it for name, it in found.items() if it.__module__.startswith("eglass.")}


FUNCTIONS = functions()


def raises_input_error(function) -> bool:
    """Return whether a function raises InputError itself."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return any(
        isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and getattr(node.exc.func, "id", "") == "InputError"
        for node in ast.walk(tree)
    )


@pytest.mark.parametrize("name", [name for name, it in OBJECTS.items() if inspect.isclass(it)])
def test_a_class_says_what_it_is_made_of(name):
    it = OBJECTS[name]
    says = inspect.cleandoc(it.__doc__ or "")
    assert says, "it has no docstring"
    made = vars(it).get("__init__")
    if is_dataclass(it):
        fields = [
            name
            for name, kind in vars(it).get("__annotations__", {}).items()
            if not name.startswith("_") and "ClassVar" not in str(kind)
        ]
    else:
        fields = list(inspect.signature(made).parameters)[1:] if made else []
        fields = [each for each in fields if each not in ("device", "args", "kwargs")]
    assert [each for each in fields if not re.search(rf"\b{each}\b", says)] == []
    if not is_dataclass(it) and made and raises_input_error(made):
        assert "InputError" in says.partition("Raises:")[2]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_says_what_it_takes_and_what_it_refuses(name):
    function = FUNCTIONS[name]
    says = inspect.getdoc(function) or ""
    assert says, "neither it nor what it implements has a docstring"
    if raises_input_error(function):
        assert "InputError" in says.partition("Raises:")[2]
    if "Args:" in says:
        section = re.split(r"^\w+:$", says.partition("Args:\n")[2], flags=re.M)[0]
        named = re.findall(r"^    (\w+(?:, \w+)*): ", section, re.M)
        known = [name for names in named for name in names.split(", ")]
        assert known, "its arguments are not described"
        assert set(known) <= set(inspect.signature(function).parameters)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_arrays_of_a_function_have_shapes(name):
    for argument, annotation in FUNCTIONS[name].__annotations__.items():
        if ARRAYS.search(str(annotation)) and not SHAPED.search(str(annotation)):
            says = inspect.getdoc(FUNCTIONS[name]) or ""
            assert re.search(r"shape|\([\w, …*]+\)", says), argument
