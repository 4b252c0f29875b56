"""A page for each group and each root of conf/: its choices, their settings, and what each may be.

The settings and their values are conf/'s, what each may be is the schema's, what it is the
docstrings' or the comments' of conf/, as `--help` has them; nothing is written twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from choices import CONF, PAGE, groups, opening
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from eglass.configuration.help import of_file, of_schema, of_target
from eglass.configuration.schema import ROOTS, TARGETS, Node, Section
from eglass.configuration.schema.parts import Photograph, Problem, Tracking
from eglass.settings import expectation, shown

#: Sections of the groups whose choices build nothing by themselves.
_SECTIONS: dict[str, type[Section]] = {
    "problem": Problem,
    "target": Photograph,
    "tracking": Tracking,
}
_PLACEHOLDER = "…"

Row = tuple[str, str, str, str]


def group_page(group: str) -> str:
    """Return the page of a group in Markdown: every choice, its settings, and the file itself."""
    parts = [f"# `{group}`", about(group), f"Set by `{group}=choice`; a value by `{group}.key=…`."]
    for path in sorted((CONF / group).glob("*.yaml")):
        parts += [f"## {path.stem}", opening(path.read_text()).replace("|", "∣")]
        rows = choice_rows(group, path.stem)
        if rows:
            parts.append(table(rows))
        parts.append(included(f"{group}/{path.name}"))
    return "\n\n".join(parts) + "\n"


def root_page(root: str) -> str:
    """Return the page of a root of conf/ in Markdown: what its commands have beside the groups."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        given = OmegaConf.to_container(compose(root), resolve=False)
    assert isinstance(given, dict)
    return "\n\n".join(
        [
            f"# `conf/{root}.yaml`",
            opening((CONF / f"{root}.yaml").read_text()).replace("|", "∣"),
            table(rows_of(ROOTS[root], given, dict(_comments(root)))),
            included(f"{root}.yaml"),
        ]
    )


def _comments(root: str) -> Iterator[tuple[str, str]]:
    """Yield each key of a root, and the comment above it, there or in what it is composed of."""
    path = CONF / f"{root}.yaml"
    for line in OmegaConf.load(path).defaults:
        if isinstance(line, str) and line != "_self_":
            yield from of_file(CONF / f"{line}.yaml")
    yield from of_file(path)


def about(group: str) -> str:
    """Return what docs/configuration.md says that a group is."""
    (line,) = (
        line for line in PAGE.read_text().split("\n\n") if line.startswith(f"**`{group}`**: ")
    )
    says = line.removeprefix(f"**`{group}`**: ")
    return says[0].upper() + says[1:]


def choice_rows(group: str, choice: str) -> list[Row]:
    """Return a row for every setting of a choice; none of a profile's."""
    if group == "profile":
        return []
    with initialize_config_dir(str(CONF), version_base="1.3"):
        composed = compose(f"{group}/{choice}")
    given: Any = OmegaConf.to_container(composed, resolve=False)
    given = given[group]
    section = TARGETS.get(group, {}).get(given.get("_target_", ""), _SECTIONS.get(group))
    if section is None or not set(given) & {"_target_", *section.model_fields}:
        return []
    return rows_of(section, given, dict(of_file(CONF / group / f"{choice}.yaml")))


def rows_of(
    section: type[Section], given: dict[str, Any], comments: dict[str, str], prefix: str = ""
) -> list[Row]:
    """Return key, value, what it is and what it may be of every setting of a section.

    Args:
        section: of the schema.
        given: the section as conf/ has it.
        comments: of conf/, by the keys.
        prefix: the keys that lead to the section, each with a dot behind it.
    """
    rows: list[Row] = []
    told = of_target(given["_target_"]) if "_target_" in given else {}
    schema = of_schema(section)
    for name, field in section.model_fields.items():
        key, value = prefix + name, given.get(name, _PLACEHOLDER)
        below = _below(field.annotation, value, field.metadata)
        if below is not None:
            rows += rows_of(below, value, comments, f"{key}.")
        elif not prefix and name in groups() and section in ROOTS.values():
            rows.append((key, "", f"A choice of [`{name}`]({name}.md)", ""))
        else:
            of_all = comments.get(prefix.removesuffix("."), "")
            says = told.get(name) or comments.get(key) or schema.get(name) or of_all
            rows.append((key, _value(value), as_text(says).rstrip("."), expectation(field)))
    return rows


def _below(annotation: Any, value: Any, metadata: list[Any]) -> type[Section] | None:
    """Return the section of what a setting holds, where its own settings are shown in its place."""
    if not isinstance(value, dict):
        return None
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    nodes = [each for each in metadata if isinstance(each, Node) and each.group not in groups()]
    return TARGETS[nodes[0].group].get(value.get("_target_", "")) if nodes else None


def _value(value: Any) -> str:
    if value == _PLACEHOLDER:
        return ""
    if isinstance(value, dict):
        return f"`_target_: {value['_target_']}`" if "_target_" in value else "…"
    return f"`{shown(value)}`".replace("|", "∣")


def as_text(says: str) -> str:
    """Return a line of a docstring or a comment as Markdown: what is not `code` is as it stands."""
    parts = re.split(r"(`[^`]+`)", says.replace("|", "∣"))
    return "".join(
        part if part.startswith("`") else re.sub(r"([*_<>\[\]$\\])", r"\\\1", part)
        for part in parts
    )


def table(rows: list[Row]) -> str:
    """Return rows as a Markdown table."""
    lines = ["| key | value | what it is | may be |", "|:--|:--|:--|:--|"]
    lines += [f"| `{key}` | {value} | {says} | {may_be} |" for key, value, says, may_be in rows]
    return "\n".join(lines)


def included(name: str) -> str:
    """Return the directive that shows a file of conf/ as it stands."""
    return (
        f"```{{literalinclude}} ../../../conf/{name}\n:language: yaml\n:caption: conf/{name}\n```"
    )
