"""Links to files of the repository, as links to pages of the site.

In a repository browser `../eglass/images.py` shows that file. On the site, a name of the library
leads to its documentation, a configuration file to the page of its group, and any other file to a
page that shows it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import eglass

DOCS = Path(__file__).resolve().parents[1]
ROOT = DOCS.parent
GENERATED = DOCS / "generated"

_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s#]+)(#[^)\s]*)?\)")
#: Files of the repository that are pages of the site, whether or not another page links to them.
_PAGES = ("CHANGELOG.md", "CONTRIBUTING.md")
_PICTURES = (".png", ".jpg")
_SHOWN = {".py": "python", ".yaml": "yaml", ".csv": "text", ".sh": "bash", ".toml": "toml"}


def rewritten(text: str, page: Path, names: dict[str, str]) -> str:
    """Return a page of Markdown with its links to files outside docs/ as links within the site.

    Args:
        text: the page.
        page: the file that its links are relative to.
        names: the public names, and the dotted name that each is documented under.
    """
    return _LINK.sub(lambda found: _link(found, page, names), text)


def linked(text: str, page: Path) -> list[Path]:
    """Return the files and folders outside docs/ that a page of Markdown links to."""
    targets = (_target(found[3], page) for found in _LINK.finditer(text))
    return [path for path in targets if path is not None and not path.is_relative_to(DOCS)]


def source_page(path: Path) -> str:
    """Return the document that shows a file or a folder of the repository."""
    path = path.relative_to(ROOT)
    return f"generated/sources/{path.as_posix().replace('.', '_')}"


def write_source_pages(names: dict[str, str], write: Callable[[Path, str], None]) -> None:
    """Write a page for each file of the repository that a page of the site links to.

    Args:
        names: the public names, as `rewritten` takes them.
        write: is given a path and the text that is to be there.
    """
    waiting = [ROOT / name for name in _PAGES]
    waiting += [
        path
        for page in [*DOCS.glob("*.md"), *DOCS.glob("guides/*.md")]
        for path in linked(page.read_text(), page)
    ]
    written: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in written or _documented(path, "", names):
            continue
        written.add(path)
        if path.suffix in _PICTURES:
            copy = _picture(path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            continue
        text = _page(path)
        if path.suffix == ".md":
            waiting += linked(text, path)
            text = rewritten(text, path, names)
        elif path.is_dir():
            inside = path / "index"
            waiting += linked(text, inside)
            text = rewritten(text, inside, names)
        write(DOCS / f"{source_page(path)}.md", f"---\norphan: true\n---\n\n{text}")


def _picture(path: Path) -> Path:
    return GENERATED / "sources" / path.relative_to(ROOT)


def _page(path: Path) -> str:
    if path.suffix == ".md":
        return path.read_text()
    title = f"# `{path.relative_to(ROOT).as_posix()}`\n\n"
    if path.is_dir():
        files = sorted(each for each in path.iterdir() if each.suffix in {*_SHOWN, ".md"})
        return title + "\n".join(f"- [`{each.name}`]({each.name})" for each in files)
    shown = os.path.relpath(path, (DOCS / source_page(path)).parent)
    language = _SHOWN.get(path.suffix, "text")
    return f"{title}```{{literalinclude}} {shown}\n:language: {language}\n```\n"


def _target(link: str, page: Path) -> Path | None:
    if "://" in link or link.startswith(("/", "mailto:")):
        return None
    path = (page.parent / link).resolve()
    return path if path.exists() else None


def _link(found: re.Match[str], page: Path, names: dict[str, str]) -> str:
    picture, label, link, anchor = found.groups()
    target = _target(link, page)
    if target is None or (target.is_relative_to(DOCS) and page.is_relative_to(DOCS)):
        return found[0]
    if target.is_relative_to(DOCS):
        return f"{picture}[{label}](/{target.relative_to(DOCS).as_posix()}{anchor or ''})"
    if target.suffix in _PICTURES:
        return f"{picture}[{label}](/{_picture(target).relative_to(DOCS).as_posix()})"
    return _documented(target, label, names) or (
        f"[{label}](/{source_page(target)}.md{anchor or ''})"
    )


def _documented(path: Path, label: str, names: dict[str, str]) -> str | None:
    """Return the link to what documents a file or folder, if anything does."""
    inside = path.relative_to(ROOT)
    if inside.parts[:1] == ("notebooks",) and path.suffix == ".ipynb":
        return f"[{label}](/generated/notebooks/{path.name})"
    if inside.parts[:1] == ("conf",) and len(inside.parts) > 1:
        group, *choice = inside.parts[1:]
        at = f"#{Path(choice[0]).stem}" if choice else ""
        page = DOCS / "generated" / "settings" / f"{Path(group).stem}.md"
        return f"[{label}](/{page.relative_to(DOCS).as_posix()}{at})" if page.exists() else None
    if inside.parts[:1] == ("eglass",) and path.suffix in ("", ".py"):
        name = label.strip("`").split(".")[0]
        if name in names:
            return f"{{py:obj}}`{label.strip('`')} <{names[name]}>`"
        module = ".".join(inside.with_suffix("").parts)
        if module in rooms():
            return f"{{py:mod}}`{label.strip('`')} <{module}>`"
    return None


def rooms() -> list[str]:
    """Return the dotted names of the packages in the library that have public names."""
    return [
        f"eglass.{folder.name}"
        for folder in sorted(Path(eglass.__file__).parent.iterdir())
        if (folder / "__init__.py").is_file()
    ]
