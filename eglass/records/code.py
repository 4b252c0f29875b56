"""Which code computes: a digest of the modules that a result depends on."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import resolve_name
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]

#: What all results are computed and recorded by.
RECORDING = "eglass.recording"
#: Rooms whose code changes no number.
_APART = ("errors", "files", "progress", "records")


@lru_cache(maxsize=8)
def code(*roots: str) -> str:
    """Return a digest of some modules of ours and of all that they import, directly or not.

    Comments and the looks of the code do not count.

    Args:
        roots: dotted names.
    """
    digest, seen, ahead = hashlib.sha256(), set(), list(roots)
    while ahead:
        name = ahead.pop()
        path = _path(name)
        if path is None or name in seen or name.split(".")[1:2] in ([each] for each in _APART):
            continue
        seen.add(name)
        ahead += _imported(ast.parse(path.read_bytes()), name, path.stem == "__init__")
    for name in sorted(seen):
        path = _path(name)
        assert path is not None
        digest.update(f"{name}\n{_bare(path)}\n".encode())
    return digest.hexdigest()[:16]


def _path(name: str) -> Path | None:
    """Return the file of a module of ours, if there is such a module."""
    package, *inside = name.split(".")
    if package != "eglass":
        return None
    place = _PACKAGE.joinpath(*inside)
    candidates = (place / "__init__.py", place.with_suffix(".py")) if inside else ()
    return next((path for path in candidates if path.is_file()), None)


def _bare(path: Path) -> str:
    """Return code without comments and docstrings."""
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def _imported(tree: ast.Module, name: str, is_package: bool) -> Iterator[str]:
    """Yield the dotted name of everything that a module imports."""
    package = name if is_package else name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = resolve_name("." * node.level + (node.module or ""), package)
            yield module
            # A name may be a module of that package.
            yield from (f"{module}.{alias.name}" for alias in node.names)
