"""No page of the site loads a script, style, font or picture from another host."""

from __future__ import annotations

import re
from pathlib import Path

from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util import logging

_log = logging.getLogger(__name__)

#: What a browser fetches by itself, and the attributes that say where.
_FETCHED = {
    "script": ("src",),
    "link": ("href",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "object": ("data",),
    "embed": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
}
#: Of `link`, what only names another page.
_NAMES_ALONE = {"author", "canonical", "help", "index", "license", "next", "prev", "search"}
_HOST = re.compile(r"(?:https?:)?//[\w.-]+")
_STYLE = re.compile(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[\w.-]+[^\"')]*)")


def fetched_from_elsewhere(page: str) -> list[str]:
    """Return the addresses on other hosts that a browser fetches to show a page.

    Args:
        page: HTML.
    """
    soup = BeautifulSoup(page, "html.parser")
    found = []
    for name, attributes in _FETCHED.items():
        for tag in soup.find_all(name):
            if name == "link" and set(tag.get("rel", ())) <= _NAMES_ALONE:
                continue
            found += [
                str(tag[attribute])
                for attribute in attributes
                if _HOST.match(str(tag.get(attribute, "")).strip())
            ]
    for style in [*soup.find_all("style"), *soup.find_all(style=True)]:
        found += styled_from_elsewhere(style.get("style") or style.get_text())
    for script in soup.find_all("script", src=False):
        found += re.findall(r"(?:import|from)\s*\(?[\"']((?:https?:)?//[^\"']+)", script.get_text())
    return found


def styled_from_elsewhere(style: str) -> list[str]:
    """Return the addresses on other hosts that a style sheet loads.

    Args:
        style: CSS.
    """
    return _STYLE.findall(style)


def _check(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    for read, suffix in ((fetched_from_elsewhere, "*.html"), (styled_from_elsewhere, "*.css")):
        for path in sorted(Path(app.outdir).rglob(suffix)):
            for address in read(path.read_text()):
                _log.warning("%s loads %s from elsewhere", path.relative_to(app.outdir), address)


def setup(app: Sphinx) -> dict[str, bool]:
    """Have every page of a finished build checked."""
    app.connect("build-finished", _check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
