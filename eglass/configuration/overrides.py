"""What is wrong with the arguments of a command, in words: Hydra's errors are for its own users."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from eglass.configuration.checking import at, unknown
from eglass.errors import InputError
from eglass.settings import MISSING, complaint, nearest

#: The tree of configuration files.
CONF = Path(str(files("eglass.conf")))

#: What the extra `sweeps` installs beside Hydra's own.
SWEEPS = {
    "hydra/launcher": ("ray", "submitit_local", "submitit_slurm"),
    "hydra/sweeper": ("optuna",),
    "hydra/sweeper/sampler": ("tpe",),
}

#: What is someone's input, rather than a bug.
BAD_INPUT = (InputError, HydraException, OmegaConfBaseException)


def check_overrides(overrides: Sequence[str]) -> None:
    """Refuse arguments that Hydra's own errors do not cover.

    Raises:
        InputError: one is not `key=value`, or chooses nothing of a group.
        OverrideParseException: one cannot be read.
    """
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        if not override.key_or_group:
            raise InputError(f"cannot read {override.input_line}: expected key=value")
        if override.key_or_group == "hydra/launcher":
            _check_launcher(str(override.value()))
        choices = choices_of(override.key_or_group)
        choice = override.value()
        if choices and not override.is_delete() and not _chooses(override):
            key = override.get_key_element().lstrip("+")
            raise InputError(complaint(key, choice, f"one of {', '.join(choices)}"))


def _check_launcher(name: str) -> None:
    if name == "submitit_slurm" and shutil.which("srun") is None:
        raise InputError(
            "there is no Slurm on this machine (no command srun): expected hydra/launcher "
            "(of make: LAUNCHER) basic, ray or submitit_local, or a machine of a cluster with Slurm"
        )


def check_name(cfg: DictConfig, choice: str | None) -> None:
    """Refuse a problem under the name of another one, whose records it would replace.

    Args:
        choice: the file of `conf/problem` that was chosen, without its ending, where one was.

    Raises:
        InputError: it has such a name.
    """
    name = cfg.get("problem") and cfg.problem.name
    if choice is not None and name != choice and name in choices_of("problem"):
        raise InputError(
            f"problem.name is {name}, the name of another one in conf/problem: expected {choice}, "
            "as its file is called"
        )


def _chooses(override: Override) -> bool:
    return override.is_sweep_override() or isinstance(override.value(), (str, list))


def choices_of(group: str) -> list[str]:
    """Return the files of a group of `conf/`, without their ending."""
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


def in_words(error: Exception, root: str, overrides: Sequence[str]) -> str:
    """Return one line about what somebody's input was refused for.

    Args:
        error: one of `BAD_INPUT`.
        root: the file of `conf/` that was composed.
        overrides: the arguments.
    """
    if isinstance(error, OverrideParseException):
        return _unreadable(error.override)
    if isinstance(error, MissingConfigException) and error.options:
        return _no_such_choice(str(error.missing_cfg_file), error.options)
    # What Hydra wraps of OmegaConf's says nothing itself.
    text = str(error) or str(error.__cause__)
    if found := re.match(r"Could not (?:override|delete from config\.) '(.+?)'", text):
        return _no_such_key(error, found[1], root, overrides)
    if found := re.match(r"Ambiguous value for argument '(.+?)'\n", text):
        key, value = found[1].split("=", 1)
        return (
            f"{found[1]} has a comma: write {key}=[{value}] for a list, {_quoted(key, value)} for "
            "a text, or add --multirun for a job with each"
        )
    if found := re.match(r"Multiple values for (.+?)\. ", text):
        return f"{found[1]} is chosen already: write {found[1]}=…, without +"
    if isinstance(error, InputError):
        return " ".join(text.split())
    return " ".join(text.splitlines()[0].split())


def _unreadable(override: str) -> str:
    key, equals, value = override.partition("=")
    if not equals:
        return f"cannot read {override}: expected key=value"
    return (
        f"cannot read {override}: a value with apostrophes, brackets, commas or spaces needs "
        f"quotes beside the shell's, {_quoted(key, value)}"
    )


def _quoted(key: str, value: str) -> str:
    """Return an override of a text as one types it in a shell."""
    escaped = value.strip("'\"").replace('"', '\\"')
    return shlex.quote(f'{key}="{escaped}"')


def _no_such_choice(missing: str, options: Iterable[str]) -> str:
    group, _, choice = missing.rpartition("/")
    options = list(options)
    if choice in SWEEPS.get(group, ()):
        return f"{missing} is not installed: it comes with pip install 'eglass[sweeps]'"
    close = nearest(choice, options)
    hint = f": did you mean {group}={close}? The" if close else "; the"
    return f"there is no {missing}{hint} choices of {group} are {', '.join(options)}"


def _no_such_key(error: Exception, key: str, root: str, overrides: Sequence[str]) -> str:
    full = getattr(error.__cause__, "full_key", None) or key
    given = _composed(root, [each for each in overrides if "." not in each.split("=")[0]], key)
    path = full.split(".")
    for end in range(1, len(path) + 1):
        if at(given, path[:end]) is MISSING:
            return unknown(path[:end], given, root)
    inside = at(given, path)
    settings = f": set {', '.join(f'{key}.{each}' for each in inside)}" if inside else ""
    return f"{key} is no choice of this command{settings}"


def composed(root: str, overrides: Sequence[str]) -> DictConfig:
    """Return what is composed of some arguments, Hydra's own section with it."""
    if GlobalHydra.instance().is_initialized():
        return compose(root, list(overrides), return_hydra_config=True)
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose(root, list(overrides), return_hydra_config=True)


def _composed(root: str, overrides: Sequence[str], but: str) -> dict[str, Any]:
    """Return what is composed with the overrides that choose from a group, or with none."""
    chosen = [each for each in overrides if each.split("=")[0].lstrip("+~") != but]
    GlobalHydra.instance().clear()
    for these in (chosen, []):
        try:
            given: Any = OmegaConf.to_container(composed(root, these), resolve=False)
        except BAD_INPUT:
            continue
        return given
    return {}
