"""What is written into docs/generated/ before Sphinx reads, and links within what it reads."""

from __future__ import annotations

import re
from pathlib import Path

from choices import groups
from sphinx.application import Sphinx

from extensions.links import DOCS, GENERATED, ROOT, rewritten, write_source_pages
from extensions.settings_pages import ROOTS, group_page, root_page


def public_names(listing: str) -> dict[str, str]:
    """Return the public names that docs/api.rst lists, with the dotted name of each.

    Args:
        listing: the text of that page.
    """
    names, module = {}, ""
    for line in listing.splitlines():
        if found := re.match(r"\.\. currentmodule:: (\S+)", line):
            module = found[1]
        elif module and (found := re.fullmatch(r"   ([A-Za-z]\w*)", line)):
            names[found[1]] = f"{module}.{found[1]}"
    return names


def write(path: Path, text: str) -> None:
    """Write a file, unless it is the same already: what did not change is not read again."""
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _write_all(app: Sphinx) -> None:
    names = public_names((DOCS / "api.rst").read_text())
    kept = {GENERATED / "api" / f"{full}.rst" for full in names.values()}

    def keep(path: Path, text: str) -> None:
        kept.add(path)
        write(path, text)

    for group in groups():
        keep(GENERATED / "settings" / f"{group}.md", group_page(group))
    for root in ROOTS:
        keep(GENERATED / "settings" / f"{root}.md", root_page(root))
    write_source_pages(names, keep)
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        keep(GENERATED / "notebooks" / notebook.name, notebook.read_text())
    for folder in ("api", "notebooks", "settings", "sources"):
        for page in (GENERATED / folder).rglob("*.[rmi][sdp]*"):
            if page not in kept:
                page.unlink()


def _rewrite(app: Sphinx, document: str, text: list[str]) -> None:
    page = DOCS / f"{document}.md"
    if page.exists() and not page.is_relative_to(GENERATED):
        names = public_names((DOCS / "api.rst").read_text())
        text[0] = rewritten(text[0], page, names)


def setup(app: Sphinx) -> dict[str, bool]:
    """Have the pages written before autosummary writes its own, and the others' links rewritten."""
    app.connect("builder-inited", _write_all, priority=100)
    app.connect("source-read", _rewrite)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
