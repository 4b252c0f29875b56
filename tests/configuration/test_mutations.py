"""Each setting of each root, one by one, of a wrong type: refused in one line that names it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from omegaconf import OmegaConf

from eglass.configuration.checking import wrong_settings
from tests.configuration.composing import CHOICES, ROOTS, composed

NAN = float("nan")
CASES = [
    *((root,) for root in ROOTS),
    ("config", "profile=paper"),
    *(("explore", choice) for choice in CHOICES),
]
#: Below these keys is what nobody but a module of anybody's understands.
FREE = ("module", "network", "arguments", "conditions", "mapping_arguments")


def is_foreign(node: dict[str, Any]) -> bool:
    """Return whether a node is built by a class that is not ours, and not looked into."""
    return "_target_" in node and not node["_target_"].startswith("eglass.")


def settings(
    section: dict[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """Yield each section with the keys that lead to a setting, or to a section, in it."""
    for key, value in section.items():
        yield section, (*above, key)
        if isinstance(value, dict) and not is_foreign(value) and key not in FREE:
            yield from settings(value, (*above, key))


def mutations(value: Any, key: str) -> Iterator[Any]:
    """Yield values of other types than a setting's own."""
    yield NAN
    if isinstance(value, dict):
        # A module's weights are a node or a path.
        yield from (3, [1]) if key == "weights" else ("abc", 3, [1])
        return
    yield {"a": 1}
    if isinstance(value, list):
        # Only a list of other profiles may be empty.
        yield from () if key == "beside" else ([],)
        yield from ("abc", [{"a": 1}], [*value[1:], NAN], 3)
    elif isinstance(value, bool):
        yield from ("abc", 3)
    elif isinstance(value, (int, float)):
        # No number by itself is negative.
        yield from ("abc", float("inf"), [value], True, -1)
    elif isinstance(value, str):
        # A class of ImageNet has a name and a number; an inversion stops at "auto" or a number.
        yield from ([value],) if key in ("class_", "stop_at") else ([value], 3)


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_every_setting_of_a_wrong_type_is_refused_by_its_name(case):
    root, *overrides = case
    given: Any = OmegaConf.to_container(composed(root, *overrides), resolve=True)
    assert not wrong_settings(given, root)
    accepted = []
    found = list(settings(given))
    for section, path in found:
        before = section[path[-1]]
        for value in mutations(before, path[-1]):
            section[path[-1]] = value
            clauses = wrong_settings(given, root)
            text = clauses.get(path) or clauses.get((*path, "_target_"), "")
            if not text.startswith(".".join(path)) or "\n" in text:
                accepted.append((path, value, clauses))
        section[path[-1]] = before
    assert len(found) >= 25
    assert not accepted
