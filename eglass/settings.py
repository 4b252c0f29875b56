"""Settings of the library's objects: frozen dataclasses, checked when they are made.

The same types and the same words serve the configuration's schema, so that a range is written once
a field and means the same on a command line and in a notebook.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import pydantic
import yaml
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from typing_extensions import dataclass_transform

from eglass.errors import InputError

T = TypeVar("T")

#: A whole number from 0, from 1 or from 2 on.
Natural = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
Several = Annotated[int, Field(ge=2)]
#: What NumPy's and PyTorch's generators both take.
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]

#: A finite number, of any sign; above 0; from 0 on.
Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
#: A number above 0 and below 1; up to 1; or from 0 to 1.
Share = Annotated[float, Field(gt=0, lt=1)]
Fraction = Annotated[float, Field(gt=0, le=1)]
FromZeroToOne = Annotated[float, Field(ge=0, le=1)]

#: A text that is not empty.
Text = Annotated[str, Field(min_length=1)]


def _listed(given: Any) -> Any:
    return list(given) if isinstance(given, (tuple, range)) else given


#: What makes a list of any sequence of numbers.
LISTED = BeforeValidator(_listed)

#: Whole numbers from 1 on, at least one.
Ordinals = Annotated[list[Count], Field(min_length=1), LISTED]


def _none_is_zero(steps: list[float]) -> list[float]:
    if not all(steps):
        raise ValueError
    return steps


def _encloses(box: list[float]) -> list[float]:
    top, left, bottom, right = box
    if not (top < bottom and left < right):
        raise ValueError
    return box


def _ascends(ends: list[float]) -> list[float]:
    low, high = ends
    if not low < high:
        raise ValueError
    return ends


#: Steps η along a direction.
Steps = Annotated[
    list[Finite],
    Field(min_length=1, description="a list of one or more finite numbers other than 0"),
    AfterValidator(_none_is_zero),
    LISTED,
]

#: A rectangle of an image, in fractions of its height and width; or one that is not empty.
Box = Annotated[
    list[FromZeroToOne],
    Field(
        min_length=4,
        max_length=4,
        description="[top, left, bottom, right], each a fraction from 0 to 1",
    ),
    LISTED,
]
Crop = Annotated[
    Box,
    Field(
        description="[top, left, bottom, right], fractions from 0 to 1 with top < bottom and "
        "left < right"
    ),
    AfterValidator(_encloses),
]

#: Which channels of an image are red, green and blue.
Channels = Annotated[
    list[Natural],
    Field(min_length=3, max_length=3, description="three whole numbers from 0 on"),
    LISTED,
]

#: How images may be mirrored: from left to right, or upside down too.
Mirrored = Literal["sides", "all"]

#: Two numbers, the smaller one first.
Range = Annotated[
    list[Finite],
    Field(min_length=2, max_length=2, description="two finite numbers, the smaller one first"),
    AfterValidator(_ascends),
    LISTED,
]

#: Numbers are not made of strings, nor whole numbers of fractions.
STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True)


@dataclass_transform(kw_only_default=True, frozen_default=True)
def settings(cls: type[T]) -> type[T]:
    """Return the class as a frozen dataclass with keyword arguments, checked when it is made.

    Raises:
        InputError: (by the class) a field is of another type than it is annotated with, or out of
            its range; the message names the class, the field, what was given and what is expected.
    """
    made: Any = pydantic.dataclasses.dataclass(cls, frozen=True, kw_only=True, config=STRICT)
    checked = made.__init__

    def __init__(self: Any, **kwargs: Any) -> None:
        try:
            checked(self, **kwargs)
        except ValidationError as error:
            name, fields = type(self).__name__, type(self).__pydantic_fields__
            raise InputError(
                "; ".join(
                    no_such([name, *at], fields)
                    if words is None
                    else complaint(".".join([name, *at]), kwargs.get(at[0], MISSING), words)
                    for at, words in wrong_fields(error, fields)
                )
            ) from None

    made.__init__ = __init__
    return made


#: Stands for a value that was not given.
MISSING: Any = object()


def wrong_fields(
    error: ValidationError, fields: Mapping[str, FieldInfo]
) -> Iterator[tuple[tuple[str, ...], str | None]]:
    """Yield each field that a validation found wrong, once, and what was expected of it.

    Args:
        error: of a dataclass or a model.
        fields: its fields.

    Yields:
        The field's name, with a key where it is a mapping, and what was expected; nothing was where
        there is no such field.
    """
    found: dict[tuple[str, ...], str | None] = {}
    for each in error.errors(include_url=False, include_input=False):
        name, *inside = map(str, each["loc"])
        field = fields.get(name)
        if field is None:
            found[(name,)] = None
        elif inside and get_origin(field.annotation) is dict:
            found[name, inside[0]] = _joined(_words(get_args(field.annotation)[1]))
        else:
            found[(name,)] = expectation(field)
    yield from found.items()


def complaint(key: str, value: Any, expected: str) -> str:
    """Return one clause: the key, what was given (or `MISSING`), what is expected."""
    given = "missing" if value is MISSING else shown(value)
    return f"{key} is {given}: expected {expected}"


def no_such(path: Sequence[str], known: Iterable[str]) -> str:
    """Return one clause about a key that there is not, with the nearest of the `known` ones."""
    *above, key = path
    close = nearest(key, known)
    if close:
        hint = f": did you mean {'.'.join([*above, close])}?"
    else:
        hint = f": {'.'.join(above) or 'the command'} has {', '.join(known)}" if known else ""
    return f"there is no setting {'.'.join(path)}{hint}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return which of some names another one may be a slip of."""
    known = list(known)
    if close := difflib.get_close_matches(name, known, n=1):
        return close[0]
    folded = {each.casefold(): each for each in reversed(known)}
    close = difflib.get_close_matches(name.casefold(), folded, n=1)
    return folded[close[0]] if close else None


def shown(value: Any, longest: int = 80) -> str:
    """Return a value as one would write it in YAML, on one line."""
    try:
        text = yaml.safe_dump(
            value, default_flow_style=True, allow_unicode=True, width=math.inf, sort_keys=False
        )
    except yaml.YAMLError:
        text = repr(value)
    text = " ".join(text.removesuffix("...\n").split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def expectation(field: FieldInfo) -> str:
    """Return what a field may be, in words."""
    return _joined(_words(field.annotation, [field]))


def _words(annotation: Any, about: Sequence[Any] = (), *, many: bool = False) -> list[str]:
    """Return each kind of value that an annotation admits, in words, of one or of many of it.

    Args:
        about: what is known beside the annotation: fields and constraints.
    """
    if get_origin(annotation) is Annotated:
        annotation, *within = get_args(annotation)
        return _words(annotation, [*within, *about], many=many)
    constraints = [*about, *(each for it in about for each in getattr(it, "metadata", ()))]
    told = [each.description for each in constraints if getattr(each, "description", None)]
    if told:
        return [told[-1]]
    limits = {
        name: value
        for constraint in constraints
        for name in ("gt", "ge", "lt", "le", "min_length")
        if (value := getattr(constraint, name, None)) is not None
    }
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return [words for each in inside for words in _words(each, many=many)]
    if origin is Literal:
        return [shown(each) for each in inside]
    if origin is list:
        of = _joined(_words(inside[0], many=True))
        number = "one or more " if limits.get("min_length") else ""
        return [f"lists of {number}{of}" if many else f"a list of {number}{of}"]
    if annotation in (None, NoneType):
        return ["null"]
    if annotation is bool:
        return ["true or false"]
    if annotation in (int, float):
        finite = "" if annotation is int or {"lt", "le"} & set(limits) else "finite "
        noun = finite + ("whole number" if annotation is int else "number")
        return [f"{f'{noun}s' if many else f'a {noun}'}{_limits(limits)}"]
    if annotation is Any:
        return ["anything"]
    if annotation is str:
        return ["texts" if many else "a text"]
    if annotation is dict or origin is dict or hasattr(annotation, "model_fields"):
        return ["sections" if many else "a section of settings"]
    name = getattr(annotation, "__name__", str(annotation))
    return [f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"]


def _limits(of: Mapping[str, Any]) -> str:
    if "ge" in of:
        return f" from {of['ge']} to {of['le']}" if "le" in of else f" from {of['ge']} on"
    lower = f" above {of['gt']}" if "gt" in of else ""
    if "le" in of:
        return f"{lower}, up to {of['le']}"
    return f"{lower} and below {of['lt']}" if "lt" in of else lower


def _joined(words: Sequence[str]) -> str:
    """Return "a, b or c", with a comma before "or" where what comes before is a phrase."""
    *others, last = dict.fromkeys(words)
    comma = "," if any(" " in each for each in others) else ""
    return f"{', '.join(others)}{comma} or {last}" if others else last
