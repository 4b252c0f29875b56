"""What a section of the configuration is: keys with types, or a node that names what to build."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainValidator,
    ValidationError,
    model_validator,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from eglass.settings import STRICT, nearest, wrong_fields

#: Types of the two errors that are reported: a value, or a key, is not as expected.
WRONG, UNKNOWN = "wrong", "unknown"

#: Default of a key that may be left out: what is built has a default of its own.
OPTIONAL: Any = None

S = TypeVar("S", bound="type[Section]")


def wrong(expected: str, *at: str) -> PydanticCustomError:
    """Return the error that something is not as expected.

    Args:
        expected: what was, in words.
        at: keys that lead to it, from the section that is checked on.
    """
    return PydanticCustomError(WRONG, "{expected}", {"expected": expected, "at": at})


class Section(BaseModel):
    """Keys and their types; no others are admitted.

    A validation reports each wrong key once, as `WRONG` or `UNKNOWN`.
    """

    model_config = STRICT | ConfigDict(defer_build=True, protected_namespaces=())

    @model_validator(mode="wrap")
    @classmethod
    def _in_words(cls, given: Any, validate: Callable[[Any], Section]) -> Section:
        if not isinstance(given, dict):
            raise wrong("a section of settings")
        try:
            return validate(given)
        except ValidationError as error:
            reported = [
                _detail(
                    PydanticCustomError(found["type"], "{expected}", found["ctx"]), found["loc"]
                )
                for found in error.errors(include_url=False, include_input=False)
                if found["type"] in (WRONG, UNKNOWN)
            ]
            of_sections_below = {each["loc"][0] for each in reported}
            for at, expected in wrong_fields(error, cls.model_fields):
                if at[0] not in of_sections_below:
                    kind = _unknown(cls) if expected is None else wrong(expected)
                    reported.append(_detail(kind, at))
            raise ValidationError.from_exception_data(cls.__name__, reported) from None


def _unknown(section: type[Section]) -> PydanticCustomError:
    context = {"expected": "another key", "known": list(section.model_fields)}
    return PydanticCustomError(UNKNOWN, "{expected}", context)


def _detail(kind: PydanticCustomError, loc: tuple[int | str, ...]) -> InitErrorDetails:
    return {"type": kind, "loc": loc, "input": None}


def target_of(given: Any) -> str:
    """Return the `_target_` of a node.

    Raises:
        PydanticCustomError: it has none.
    """
    if not isinstance(given, dict):
        raise wrong(Node.description)
    if not isinstance(given.get("_target_"), str):
        raise wrong("the dotted name of what to build", "_target_")
    return given["_target_"]


#: What Hydra itself reads of a section with a `_target_`: what it must be, in words.
HYDRAS_OWN: dict[str, tuple[Callable[[Any], bool], str]] = {
    "_target_": (lambda value: isinstance(value, str), "the dotted name of what to build"),
    "_args_": (lambda value: isinstance(value, list), "a list, of arguments without a name"),
    "_partial_": (lambda value: isinstance(value, bool), "true or false"),
    "_recursive_": (lambda value: isinstance(value, bool), "true or false"),
    "_convert_": (
        lambda value: value in ("none", "partial", "object", "all"),
        "none, partial, object or all",
    ),
}


def hydras_own(given: Any, *above: str) -> None:
    """Check what Hydra reads of a section, and of all that is in it, whoever's it is.

    Args:
        given: a section, a list, or a value.
        above: keys that lead to it.

    Raises:
        PydanticCustomError: something of it is not as Hydra expects.
    """
    inside = enumerate(given) if isinstance(given, list) else ()
    for key, value in given.items() if isinstance(given, dict) else inside:
        if "_target_" in given and key in HYDRAS_OWN and not HYDRAS_OWN[key][0](value):
            raise wrong(HYDRAS_OWN[key][1], *above, key)
        hydras_own(value, *above, str(key))


#: Sections of our own targets, by the group that they are a choice of, and by `_target_`.
TARGETS: dict[str, dict[str, type[Section]]] = {}


def target(group: str, *names: str) -> Callable[[S], S]:
    """Return a decorator that makes a section what is checked of a node with such a `_target_`."""

    def register(section: S) -> S:
        TARGETS.setdefault(group, {}).update(dict.fromkeys(names, section))
        return section

    return register


@dataclass(frozen=True)
class Node:
    """An annotation: a section with a `_target_`.

    Of our own targets the other keys are checked; others are anybody's, and checked when built.

    Args:
        group: which of `TARGETS` it may be.
        only: the one that it must be, where nothing else will do.
        because: why.
    """

    group: str
    only: str | None = None
    because: str = ""
    description: ClassVar[str] = "a section with a _target_"

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.validate)

    def validate(self, given: Any) -> Any:
        """Return the node as it was given.

        Raises:
            PydanticCustomError, ValidationError: it is not one of them, or has a wrong key.
        """
        name = target_of(given)
        hydras_own(given)
        ours = TARGETS[self.group]
        if self.only is not None and name != self.only:
            raise wrong(f"{self.only}{self.because}", "_target_")
        if name in ours:
            ours[name].model_validate({key: given[key] for key in given if key != "_target_"})
        elif name.split(".")[0] in ("eglass", "experiments"):
            # The first name of each; others are the same by another way.
            names = {section: each for each, section in reversed(ours.items())}.values()
            close = nearest(name, ours)
            hint = f": did you mean {close}?" if close else ""
            raise wrong(f"one of {', '.join(reversed(names))}{hint}", "_target_")
        return given


def _node(given: Any) -> Any:
    target_of(given)
    return given


#: Anybody's node, which is not looked into.
AnyNode = Annotated[Any, PlainValidator(_node), Field(description=Node.description)]
