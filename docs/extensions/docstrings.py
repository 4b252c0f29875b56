"""Docstrings and annotations as reStructuredText takes them."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

_CODE = re.compile(r"(?<![`:])`([^`\n]+)`(?!`)")
_BARS = re.compile(r"(?<!`)\|(\S[^|`]*?)\|(?!`)")


def as_rst(text: str) -> str:
    """Return a line of a docstring as reStructuredText: `code` as code, bars as bars.

    Between bars, as in |dᵀu|, docutils would look for a substitution.
    """
    parts = re.split(r"(``.+?``)", _CODE.sub(r"``\1``", text))
    return "".join(
        part if part.startswith("``") else part.replace("|", r"\|").replace("*", r"\*")
        for part in parts
    )


def _rewrite(app: Sphinx, what: str, name: str, of: Any, options: Any, lines: list[str]) -> None:
    # Of a constant, what its type says of itself is not said of it.
    own = what != "data" or of.__doc__ != type(of).__doc__
    lines[:] = [as_rst(line) for line in lines] if own else []


def _resolve(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, contents: nodes.Element
) -> nodes.Node | None:
    """Find what an annotation names by the module it is written in where it is public."""
    if node.get("refdomain") != "py":
        return None
    name = node.get("reftarget", "").split(".")[-1]
    python = env.domains.python_domain
    found = [full for full in python.objects if full.split(".")[-1] == name]
    public = [full for full in found if full.count(".") == 2] or found
    if len(public) != 1 or not node["reftarget"].startswith(("eglass.", name)):
        return None
    node["reftarget"] = public[0]
    return python.resolve_xref(env, node["refdoc"], app.builder, "obj", public[0], node, contents)


def setup(app: Sphinx) -> dict[str, bool]:
    """Have all docstrings rewritten, and what annotations name found."""
    app.connect("autodoc-process-docstring", _rewrite, priority=100)
    app.connect("missing-reference", _resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
