"""A name for each run of `eglass explore`: short, readable, and never another one's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from omegaconf import DictConfig

from eglass.configuration import changes
from eglass.records import fingerprint
from eglass.workflows.targets import Target, kind

#: What does not change what is found, or is in a name already.
ELSEWHERE = (
    "device",
    "measurement",
    "profile.name",
    "records",
    "records",
    "results",
    "target.name",
    "target.path",
    "tracking",
)
LONGEST = 80


def run_name(cfg: DictConfig, target: Target, chosen: Mapping[str, str] | None = None) -> str:
    """Return what a run is called: its image, problem and explorer, and what else was asked.

    A few digits tell runs apart of which that does not say enough: two files of one name, long
    values. The same command has the same name.

    Args:
        cfg: of `explore`.
        target: what is explored.
        chosen: the choice of each group; none takes this command's.
    """
    asked = {
        key: value
        for key, value in changes(cfg, "explore", chosen).items()
        if key != "problem" and not key.startswith(ELSEWHERE)
    }
    explorer = asked.pop("explorer", None) or _snake(cfg.explorer._target_.rsplit(".", 1)[-1])
    words = [target["name"], cfg.problem.name, explorer, *map(_said, asked, asked.values())]
    readable = "_".join(map(_plain, words))[:LONGEST].rstrip("-_.")
    told = dict(asked)
    if "sha256" in target:
        told |= {"sha256": target["sha256"], "kind": kind(target)}
    return f"{readable}_{fingerprint(told)[:6]}" if told else readable


def _said(key: str, value: Any) -> str:
    """Return a setting as a word: `count-20`, or a choice by its name."""
    if "." not in key and isinstance(value, str):
        return value
    text = "-".join(map(str, value)) if isinstance(value, list) else str(value).split("/")[-1]
    return f"{key.rsplit('.', 1)[-1]}-{text}"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _plain(word: str) -> str:
    """Return a word as part of a folder's name: letters, digits, dots and dashes."""
    return re.sub(r"[^\w.]+", "-", word).strip("-.") or "unnamed"
