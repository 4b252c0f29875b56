"""Commands, as they are typed and as they are composed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from eglass.configuration import command

ROOT = Path(__file__).parents[2]
CONF = ROOT / "conf"
#: The root of `conf/` of every page that has another than `config`.
ROOTS = {
    "explore": "explore",
    "gallery": "gallery",
    "sweep": "sweep",
    "sweep_report": "sweep",
    "calibrate": "calibrate",
}


def composed(root: str, *overrides: str) -> DictConfig:
    """Return the configuration of a command."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose(root, overrides=list(overrides))


def changed(cfg: DictConfig, *settings: str) -> DictConfig:
    """Return a configuration with other settings; composing it again would take a while."""
    return OmegaConf.unsafe_merge(cfg.copy(), OmegaConf.from_dotlist(list(settings)))


def run(page: ModuleType, *overrides: str) -> None:
    """Run a page of `experiments` in this process."""
    name = page.__name__.rsplit(".", 1)[-1]
    run_task(page.main, ROOTS.get(name, "config"), *overrides)


def run_task(task: Callable[[DictConfig], Any], root: str, *overrides: str) -> None:
    """Run a task as its command line does, in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [task.__name__, *overrides])
        command(task, root)


def typed(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m …` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
