"""Configurations as the commands compose them."""

from __future__ import annotations

import re
from pathlib import Path

from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from eglass.configuration import CONF
from eglass.configuration.schema import ROOTS

EXPERIMENTS = Path(__file__).parents[2] / "experiments"

#: Groups whose choices `explore` takes under their own name.
GROUPS = [
    path.name for path in sorted(CONF.iterdir()) if path.is_dir()
    and path.name not in ("hydra", "images", "profile", "sweeps")
]  # fmt: skip


def choices(group: str) -> list[str]:
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


#: Overrides that make `explore` take each choice of each group.
CHOICES = [f"{group}={choice}" for group in GROUPS for choice in choices(group)]


def composed(root: str, *overrides: str) -> DictConfig:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose(root, overrides=list(overrides))


def root_of(page: str) -> str | None:
    """Return the root of `conf/` that a page of `experiments` is composed from; none of others."""
    place = EXPERIMENTS.joinpath(*page.split("."))
    whole = place / "__main__.py"
    path = whole if whole.is_file() else place.with_suffix(".py")
    found = re.search(r'^    command\(main(?:, "(\w+)")?\)', path.read_text(), re.M)
    return found and (found[1] or "config")


__all__ = ["CHOICES", "GROUPS", "ROOTS", "choices", "composed", "root_of"]
