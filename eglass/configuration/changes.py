"""What a configuration is told that `conf/` does not say: what a run is named after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from eglass.configuration.build import plain
from eglass.configuration.overrides import CONF, composed


def changes(cfg: DictConfig, root: str, chosen: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what differs from `conf/`, by its keys: choices of groups first, then settings.

    Args:
        cfg: the configuration of a command.
        root: the file of `conf/` that it was composed from.
        chosen: the choice of each group; none takes this command's.
    """
    if chosen is None:
        chosen = HydraConfig.get().runtime.choices if HydraConfig.initialized() else {}
    usual = _choices(root)
    taken = {group: chosen.get(group, choice) for group, choice in usual.items()}
    before = composed(root, [f"{group}={choice}" for group, choice in taken.items()])
    settings, default = (
        dict(_leaves(plain(each))) for each in (cfg, OmegaConf.masked_copy(before, list(cfg)))
    )
    return {group: taken[group] for group in usual if taken[group] != usual[group]} | {
        key: value for key, value in settings.items() if key not in default or default[key] != value
    }


def _choices(root: str) -> dict[str, str]:
    """Return the choice of each group that a root names."""
    lines = OmegaConf.load(CONF / f"{root}.yaml").defaults
    return {
        str(group): str(choice)
        for line in lines
        if isinstance(line, Mapping)
        for group, choice in line.items()
        if not str(group).startswith("override ")
    }


def _leaves(section: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in section.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value
