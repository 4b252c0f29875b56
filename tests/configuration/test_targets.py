"""The schema of each of our targets has the parameters of what it names, and its types."""

from __future__ import annotations

import inspect
from dataclasses import is_dataclass
from typing import Any

import pytest
from hydra.utils import get_object

from eglass.configuration import CONF
from eglass.configuration.schema import TARGETS, Node, Section
from eglass.settings import expectation

OURS = {name: section for group in TARGETS.values() for name, section in group.items()}
#: What an operator, or images to train on, are built with besides.
FILLED_IN = {"img_size", "device", "size"}


def parameters(made: Any) -> set[str]:
    """Return the names of what one may give to a class or a function of ours."""
    found = inspect.signature(made).parameters.values()
    names = {each.name for each in found if each.kind is not each.VAR_KEYWORD}
    if any(each.kind is each.VAR_KEYWORD for each in found) and inspect.isclass(made):
        # They go on to the class that it extends; what is positional there, it gives itself.
        for base in made.__mro__[1:]:
            if base.__module__.startswith("eglass."):
                above = inspect.signature(base).parameters.values()
                names |= {each.name for each in above if each.kind is each.KEYWORD_ONLY}
    return names - FILLED_IN


def required(made: Any) -> set[str]:
    found = inspect.signature(made).parameters.values()
    named = [each for each in found if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)]
    return {each.name for each in named if each.default is each.empty} - FILLED_IN


def takes_anybodys(section: type[Section], name: str) -> bool:
    field = section.model_fields[name]
    return any(isinstance(each, Node) for each in field.metadata)


@pytest.mark.parametrize("name", OURS)
def test_a_target_has_the_parameters_of_what_it_names_and_their_types(name):
    made, section = get_object(name), OURS[name]
    assert set(section.model_fields) == parameters(made)
    given = {key for key, field in section.model_fields.items() if field.is_required()}
    assert given == required(made)
    if is_dataclass(made):
        for key, field in made.__pydantic_fields__.items():
            if not takes_anybodys(section, key):
                assert expectation(field) == expectation(section.model_fields[key]), key


def test_there_is_one_for_every_target_of_ours_in_the_configuration():
    lines = [line for path in CONF.rglob("*.yaml") for line in path.read_text().splitlines()]
    named = {line.split()[-1] for line in lines if "_target_: eglass." in line}
    assert named - {"eglass.configuration.BeforeAll"} <= set(OURS)
