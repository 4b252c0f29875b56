"""What `--help` says of a command, from where it is written already: nothing is listed twice.

What a key is comes from the docstring of what its section makes, read without importing it, or else
from the comment above the key in `conf/`; what it may be, from the schema; examples, from the
command's own page.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from omegaconf import DictConfig, OmegaConf
from pydantic.fields import FieldInfo

from eglass.configuration.overrides import CONF, choices_of, composed
from eglass.configuration.schema import ROOTS, TARGETS, Section
from eglass.settings import expectation, shown

WIDTH = 100


def help_text(page: str, root: str, overrides: Sequence[str]) -> str:
    """Return what a command does, three examples, its groups' choices, and its settings.

    Args:
        page: the docstring of its module: what it does, then examples, indented.
        root: the file of `conf/` that is composed.
        overrides: arguments: what is shown is what they choose.
    """
    cfg = composed(root, overrides)
    taken = {str(group): str(choice) for group, choice in cfg.hydra.runtime.choices.items()}
    taken = {group: choice for group, choice in taken.items() if not group.startswith("hydra/")}
    # What a root is composed of besides choices, such as `common`, and the root itself.
    also = [
        line for line in OmegaConf.load(CONF / f"{root}.yaml").defaults if isinstance(line, str)
    ]
    comments: dict[str, str] = {}
    for name in (*also, root):
        comments |= dict(of_file(CONF / f"{name}.yaml"))
    for group, choice in taken.items():
        folder, _, package = group.partition("@")
        above = "" if folder == "profile" else f"{package or folder}."
        comments |= dict(of_file(CONF / folder / f"{choice}.yaml", above))
    lines = [inspect.cleandoc(page), "", "Choices: group=choice, as arguments or in ARGS.", ""]
    for group, choice in sorted(taken.items()):
        others = [each for each in choices_of(group.partition("@")[0]) if each != choice]
        text = f"{group}={choice}{'; or ' + ', '.join(others) if others else ''}"
        lines += textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="      ")
    lines += ["", "Settings: key=value, as they are now.", ""]
    for key, value, field, says in _settings(cfg, ROOTS[root], comments):
        lines.append(f"  {key}={shown(value, WIDTH - 3 - len(key))}")
        words = [says.rstrip(".") + "." if says else "", _expected(field)]
        told = " ".join(word for word in words if word)
        lines += textwrap.wrap(told, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
    return "\n".join(lines)


def _expected(field: FieldInfo | None) -> str:
    if field is None:
        return ""
    words = expectation(field)
    return "" if words == "anything" else f"Expected: {words}."


def _settings(
    cfg: DictConfig, kind: Any, comments: Mapping[str, str], above: str = "", of_all: str = ""
) -> Iterator[tuple[str, Any, FieldInfo | None, str]]:
    """Yield each setting: its keys, its value, its field of the schema, and what it is.

    Args:
        cfg: a section.
        kind: its schema, or the type of a mapping, where it is known.
        comments: by keys, all of them.
        above: the keys that lead to the section, each with a dot.
        of_all: what is said of the whole section.
    """
    made = cfg.get("_target_")
    told = of_target(made) if isinstance(made, str) else {}
    schema = of_schema(kind)
    values: dict[str, Any] = OmegaConf.to_container(cfg, resolve=False)  # type: ignore[assignment]
    for name in map(str, cfg):
        if name == "hydra" or name.startswith("_"):
            continue
        key = f"{above}{name}"
        field = _field(kind, name)
        node = cfg._get_node(name)
        if isinstance(node, DictConfig) and not node._is_none() and node:
            inside = comments.get(key, of_all)
            yield from _settings(node, _kind(field, node), comments, f"{key}.", inside)
        else:
            says = told.get(name) or comments.get(key) or schema.get(name) or of_all
            yield key, values[name], field, says


def _field(kind: Any, name: str) -> FieldInfo | None:
    """Return the field of a section's schema, or what all values of a mapping are."""
    if isinstance(kind, type) and issubclass(kind, Section):
        return kind.model_fields.get(name)
    return FieldInfo.from_annotation(get_args(kind)[1]) if get_origin(kind) is dict else None


def _kind(field: FieldInfo | None, node: DictConfig) -> Any:
    """Return the schema of a section: of what it makes, or of the field that it is."""
    made = node.get("_target_")
    for ours in TARGETS.values():
        if made in ours:
            return ours[made]
    annotation = field.annotation if field is not None else None
    several = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else ()
    known = (each for each in several if get_origin(each) is dict or isinstance(each, type))
    return next(known, annotation)


def of_file(path: Path, above: str = "") -> Iterator[tuple[str, str]]:
    """Yield each key of a YAML file, below some others, and the comment right above it."""
    if not path.is_file():
        return
    inside: list[tuple[int, str]] = []
    # The comment that opens a file is of all of it.
    said: list[str] = []
    opened = False
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("#"):
            said.append(text.lstrip("# "))
            continue
        if found := re.match(r"( *)([\w-]+):(?:\s|$)", line):
            indent, name = len(found[1]), found[2]
            inside = [each for each in inside if each[0] < indent]
            inside.append((indent, name))
            if said and opened:
                yield above + ".".join(each for _, each in inside), " ".join(said)
        said, opened = [], True


def of_schema(kind: Any) -> dict[str, str]:
    """Return what the schema of a section, and of those that it is one of, says of its fields."""
    says: dict[str, str] = {}
    for each in reversed(kind.__mro__ if isinstance(kind, type) else ()):
        says |= _entries(each.__doc__ or "")
    return says


def of_target(target: str) -> dict[str, str]:
    """Return what the docstring of one of our classes or functions says of each argument."""
    module, *names = _parts(target)
    found = _find(module, names) if module else None
    if found is None:
        return {}
    says: dict[str, str] = {}
    place, node = found
    for base in getattr(node, "bases", ()):
        if isinstance(base, ast.Name):
            says |= of_target(f"{place}.{base.id}")
    own = _entries(ast.get_docstring(node) or "")
    for name, words in own.items():
        # "As for `algorithm1`", "As for the class": what is said there.
        if other := re.fullmatch(r"As for (?:`(\w+)`|the class)\.?", words):
            there = f"{place}.{other[1]}" if other[1] else target.rpartition(".")[0]
            own[name] = of_target(there).get(name, words)
    return says | own


def _entries(docstring: str) -> dict[str, str]:
    """Return what is said of each name in the arguments or the attributes of a docstring."""
    says: dict[str, str] = {}
    text = inspect.cleandoc(docstring)
    for block in re.findall(r"^(?:Args|Attributes):\n((?:    .*\n?|\n)+)", f"{text}\n", re.M):
        for entry in re.split(r"\n(?=\S)", textwrap.dedent(block)):
            names, _, words = " ".join(entry.split()).partition(": ")
            said = words[:1].upper() + words[1:] if words[:1].isascii() else words
            says |= dict.fromkeys(names.split(", "), said)
    return says


def _find(module: str, names: Sequence[str]) -> tuple[str, ast.ClassDef | ast.FunctionDef] | None:
    """Return the module in which names are defined, and the definition; nothing is imported."""
    name, *inside = names or [""]
    for node in ast.parse(_file_of(module).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and name in [alias.name for alias in node.names]:
            origin, *more = _parts(f"{node.module}.{'.'.join(names)}")
            return _find(origin, more) if origin else None
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name == name:
            found: Any = node
            for part in inside:
                found = next(each for each in found.body if getattr(each, "name", "") == part)
            return module, found
    return None


def _parts(target: str) -> list[str]:
    """Return the module of ours that a dotted name begins with, and the names within it."""
    parts = target.split(".") if target.startswith("eglass.") else []
    ends = (end for end in range(len(parts), 0, -1) if _file_of(".".join(parts[:end])).is_file())
    end = next(ends, 0)
    return [".".join(parts[:end]), *parts[end:]]


def _file_of(module: str) -> Path:
    path = Path(__file__).parents[2].joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
