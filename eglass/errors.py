"""The one exception that is meant for the person who typed the command."""

from collections.abc import Iterator
from contextlib import contextmanager


class InputError(ValueError):
    """Something that the user gave cannot be used.

    The message is a single line: what is wrong, what was expected, what to do. Command lines
    print it and exit with a non-zero status; any other exception is a bug and keeps its traceback.
    """


@contextmanager
def settings_of(section: str) -> Iterator[None]:
    """Name the section whose setting is refused within: `k is 20` becomes `explorer.k is 20`."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{section}.{error}") from None
