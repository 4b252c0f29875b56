"""The composed configuration against its schema: what is wrong with it, on one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import ValidationError

from eglass.configuration.schema import ROOTS, UNKNOWN, Section
from eglass.errors import InputError
from eglass.settings import MISSING, complaint, no_such, shown

#: Complaints that one line has room for.
MOST = 5

#: Keys that lead to a setting.
Path = tuple[str, ...]


def check(cfg: DictConfig, root: str) -> None:
    """Check a composed configuration before anything is made of it.

    Args:
        cfg: the configuration; Hydra's own section is left alone.
        root: the file of `conf/` that it was composed from, a key of `ROOTS`.

    Raises:
        InputError: a setting is not as expected, missing, or not one of this command's; the message
            is one line with each of them, or the first few.
    """
    if "hydra" in cfg:
        cfg = OmegaConf.masked_copy(cfg, [str(key) for key in cfg if key != "hydra"])
    written: Any = OmegaConf.to_container(cfg, resolve=False)
    given, unresolved = written, None
    try:
        given = OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        key, what = str(error.full_key), str(error.msg).splitlines()[0]
        given_there = at(written, key.split("[")[0].split("."))
        unresolved = InputError(f"{key} is {shown(given_there)}: {what}")
    found = wrong_settings(given, root)
    # What is wrong with a setting is wrong with those that refer to it.
    own = {path: text for path, text in found.items() if not refers(written, path)}
    if unresolved is None:
        own = own or found
    elif not own:
        raise unresolved
    if own:
        lines = list(own.values())
        more = [f"and {len(lines) - MOST} more"] if len(lines) > MOST else []
        raise InputError("; ".join([*lines[:MOST], *more]))


def wrong_settings(given: dict[str, Any], root: str) -> dict[Path, str]:
    """Return a clause about each wrong setting, by the keys that lead to it."""
    try:
        ROOTS[root].model_validate(given)
    except ValidationError as error:
        found = {}
        for each in error.errors(include_url=False, include_input=False):
            about = each["ctx"]
            path = tuple(map(str, (*each["loc"], *about.get("at", ()))))
            found[path] = (
                unknown(path, given, root, about["known"])
                if each["type"] == UNKNOWN
                else complaint(".".join(path), at(given, path), about["expected"])
            )
        return found
    return {}


def unknown(path: Sequence[str], given: Any, root: str, known: Sequence[str] = ()) -> str:
    """Return a clause about a key that there is not.

    Args:
        path: the keys that lead to it.
        given: the configuration.
        root: of the command.
        known: keys that are known beside those in the configuration.
    """
    if any(_knows(section, path) for name, section in ROOTS.items() if name != root):
        return f"{'.'.join(path)}: this command has no such setting"
    beside = at(given, path[:-1])
    others = [*known, *(beside if isinstance(beside, dict) else ())]
    hidden = {path[-1], "_target_", "hydra"}
    return no_such(path, [key for key in dict.fromkeys(others) if key not in hidden])


def refers(written: dict[str, Any], path: Sequence[str]) -> bool:
    """Return whether a setting, or what it is in, takes its value from another one."""
    above: list[Any] = [at(written, path[:end]) for end in range(1, len(path))]
    referring = [node for node in above if isinstance(node, str)]
    return bool(referring) or "${" in str(at(written, path))


def at(given: Any, path: Sequence[str]) -> Any:
    """Return what some keys lead to, or the text that it is replaced by, or `MISSING`."""
    for key in path:
        if isinstance(given, str):
            return given
        if isinstance(given, list) and key.isdigit():
            given = dict(zip(map(str, range(len(given))), given))
        if not isinstance(given, dict) or key not in given:
            return MISSING
        given = given[key]
    return given


def _knows(section: Any, path: Sequence[str]) -> bool:
    if not (isinstance(section, type) and issubclass(section, Section)):
        return False
    field = section.model_fields.get(path[0])
    return field is not None and (len(path) == 1 or _knows(field.annotation, path[1:]))
