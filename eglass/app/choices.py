"""What the page offers, by the groups of `conf/`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from eglass.configuration.overrides import CONF, choices_of, composed

GROUPS = ("problem", "explorer", "target")


@dataclass(frozen=True)
class Choices:
    """What may be chosen.

    Attributes:
        by_group: the choices of each group.
        chosen: what the page begins with.
        titles: of problems, for people.
    """

    by_group: dict[str, list[str]]
    chosen: dict[str, str]
    titles: dict[str, str]

    @classmethod
    def of(cls, cfg: DictConfig) -> Choices:
        """Return what the configuration of `eglass app` offers."""
        taken = HydraConfig.get().runtime.choices
        return cls.offered(cfg.app.generators, {str(group): str(taken[group]) for group in taken})

    @classmethod
    def offered(cls, generators: Sequence[str], chosen: dict[str, str]) -> Choices:
        """Return what may be chosen.

        Args:
            generators: besides the one that is chosen; those whose weights are a file that is not
                there are left out.
            chosen: the choice of each group.
        """
        by_group = {group: _found(group) for group in GROUPS}
        by_group["target"] = [
            each for each in by_group["target"] if each not in ("paper", "sample")
        ]
        others = [name for name in generators if name != chosen["generator"] and _is_here(name)]
        by_group["generator"] = [chosen["generator"], *others]
        titles = {name: _title(name) for name in by_group["problem"]}
        keys = ("generator", "problem", "explorer")
        return cls(by_group, {group: chosen[group] for group in keys}, titles)


def _found(group: str) -> list[str]:
    """Return the choices of a group, those beside the user's own configuration among them."""
    hydra = GlobalHydra.instance()
    if not hydra.is_initialized():
        return choices_of(group)
    return sorted(hydra.config_loader().get_group_options(group))


def _title(problem: str) -> str:
    """Return what a problem is called, for people."""
    file = CONF / "problem" / f"{problem}.yaml"
    # Composing all of them would take seconds.
    read = OmegaConf.load(file) if file.is_file() else None
    own = read.get("title") if isinstance(read, DictConfig) else None
    return str(own or composed("explore", [f"problem={problem}"]).problem.title)


def _is_here(generator: str) -> bool:
    node = composed("explore", [f"generator={generator}"]).generator
    weights = OmegaConf.to_container(node, resolve=True)
    file = weights.get("weights") if isinstance(weights, dict) else None
    return not (isinstance(file, str) and "/" in file) or Path(file).expanduser().is_file()
