"""What the site is made of, without Sphinx."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *DOCS.glob("guides/*.md")])


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of a language on a page, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.M | re.S)


def listed_names() -> dict[str, list[str]]:
    """Return the public names that docs/api.rst lists, by module."""
    names: dict[str, list[str]] = {}
    module = ""
    for line in (DOCS / "api.rst").read_text().splitlines():
        if found := re.match(r"\.\. currentmodule:: (\S+)", line):
            module = found[1]
            names[module] = []
        elif module and (found := re.fullmatch(r"   ([A-Za-z]\w*)", line)):
            names[module].append(found[1])
    return names


def public_objects() -> dict[str, object]:
    """Return every public object by its dotted name."""
    return {
        f"{module}.{name}": getattr(importlib.import_module(module), name)
        for module, names in listed_names().items()
        for name in names
    }
