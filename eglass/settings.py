"""Settings of the library's objects: frozen dataclasses, checked when they are made.

The same types serve the configuration's schema, so that a range is written once a field and means
the same on a command line and in a notebook.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import pydantic
from pydantic import ConfigDict, Field, ValidationError
from typing_extensions import dataclass_transform

from eglass.errors import InputError

T = TypeVar("T")

#: A whole number from 1 on, or from 0 on.
Count = Annotated[int, Field(ge=1)]
Natural = Annotated[int, Field(ge=0)]
#: A finite number above 0, or from 0 on.
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
#: A number above 0 and below 1, or up to 1.
Share = Annotated[float, Field(gt=0, lt=1)]
Fraction = Annotated[float, Field(gt=0, le=1)]
#: A finite number other than 0 is checked where it is used; here, finite.
Finite = Annotated[float, Field(allow_inf_nan=False)]

#: Whole numbers from 1 on, at least one.
Ordinals = Annotated[list[Count], Field(min_length=1)]

#: Numbers are not made of strings, nor whole numbers of fractions.
STRICT = ConfigDict(strict=True, extra="forbid", arbitrary_types_allowed=True)


@dataclass_transform(kw_only_default=True, frozen_default=True)
def settings(cls: type[T]) -> type[T]:
    """Return the class as a frozen dataclass with keyword arguments, checked when it is made.

    Raises:
        InputError: (by the class) a field is of another type than it is annotated with, or out of
            its range; the message names the class, the field, what was given and what is expected.
    """
    made = pydantic.dataclasses.dataclass(cls, frozen=True, kw_only=True, config=STRICT)
    checked = made.__init__

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            checked(self, *args, **kwargs)
        except ValidationError as error:
            raise InputError(complaint(error, type(self).__name__)) from None

    made.__init__ = __init__  # type: ignore[method-assign]
    return made  # type: ignore[return-value]


def complaint(error: ValidationError, owner: str) -> str:
    """Return a validation's errors as one line: each field, what was given, what is expected."""
    return "; ".join(
        f"{'.'.join([owner, *map(str, found['loc'])])} is {found['input']!r}: {expectation(found)}"
        for found in error.errors(include_url=False)
    )


_EXPECTED: dict[str, Callable[[dict[str, Any]], str]] = {
    "greater_than": lambda of: f"more than {of['gt']:g}",
    "greater_than_equal": lambda of: f"{of['ge']:g} or more",
    "less_than": lambda of: f"less than {of['lt']:g}",
    "less_than_equal": lambda of: f"{of['le']:g} or less",
    "finite_number": lambda of: "a finite number",
    "int_type": lambda of: "a whole number",
    "int_from_float": lambda of: "a whole number",
    "float_type": lambda of: "a number",
    "bool_type": lambda of: "true or false",
    "string_type": lambda of: "a text",
    "list_type": lambda of: "a list",
    "too_short": lambda of: f"at least {of['min_length']} in the list",
    "literal_error": lambda of: f"{of['expected']}",
    "unexpected_keyword_argument": lambda of: "no such setting",
    "missing": lambda of: "a value: it has no default",
    "missing_keyword_only_argument": lambda of: "a value: it has no default",
}


def expectation(found: Any) -> str:
    """Return what one of a validation's errors says was expected."""
    words = _EXPECTED.get(found["type"])
    return f"expected {words(found.get('ctx', {}))}" if words else found["msg"]
