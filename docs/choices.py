"""Write the lists of choices in docs/configuration.md from conf/: `make docs-choices`.

A group's list stands between `<!-- choices: group -->` and `<!-- end -->`: every file of
`conf/<group>/`, with the beginning of the comment that opens it.
"""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONF, PAGE = HERE.parent / "conf", HERE / "configuration.md"
#: Folders of conf/ that are no groups of ours: Hydra's own, and the files of W&B's sweeper.
OTHERS = ("hydra", "sweeps")

_LIST = re.compile(r"(<!-- choices: (\w+) -->\n).*?(<!-- end -->)", re.S)


def groups() -> list[str]:
    """Return the names of the groups of conf/."""
    folders = (path.name for path in CONF.iterdir() if path.is_dir())
    return sorted(name for name in folders if name not in OTHERS)


def opening(text: str) -> str:
    """Return the comment that opens a YAML file, up to the first line that ends a sentence.

    Raises:
        ValueError: the file opens with no such comment.
    """
    lines = []
    for line in text.removeprefix("# @package _global_\n").splitlines():
        if not line.startswith("# "):
            break
        lines.append(line.removeprefix("# ").strip())
        if line.endswith((".", "?")):
            return " ".join(lines)
    raise ValueError("expected a comment of whole sentences on its first lines")


def table(group: str) -> str:
    """Return a group's choices as a Markdown table, in alphabetical order.

    Raises:
        ValueError: a file does not say what it is.
    """
    rows = ["| choice | |", "|---|---|"]
    for path in sorted((CONF / group).glob("*.yaml")):
        try:
            says = opening(path.read_text())
        except ValueError as error:
            raise ValueError(f"conf/{group}/{path.name}: {error}") from None
        rows.append(f"| [`{path.stem}`](../conf/{group}/{path.name}) | {says.replace('|', '∣')} |")
    return "\n".join(rows)


def current(page: str) -> str:
    """Return a page with all of its lists as conf/ has them now."""
    return _LIST.sub(lambda found: f"{found[1]}{table(found[2])}\n{found[3]}", page)


def listed(page: str) -> list[str]:
    """Return the groups whose choices a page lists."""
    return [group for _, group, _ in _LIST.findall(page)]


if __name__ == "__main__":
    PAGE.write_text(current(PAGE.read_text()))
    print(PAGE)
