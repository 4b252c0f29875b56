"""What every command line does: Hydra, quiet libraries, and one line for a bad input."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import hydra
import tqdm  # noqa: F401  it reads TQDM_DISABLE now: this process keeps its bars
from hydra.core.hydra_config import HydraConfig
from hydra.experimental.callback import Callback
from hydra.main import get_args_parser
from hydra.types import RunMode
from hydra.utils import get_method, get_original_cwd
from omegaconf import DictConfig

from eglass.configuration.checking import check
from eglass.configuration.help import help_text
from eglass.configuration.overrides import (
    BAD_INPUT,
    CONF,
    check_name,
    check_overrides,
    in_words,
)
from eglass.configuration.schema import ROOTS
from eglass.configuration.stopping import Stopped, StoppedWaiting, end_workers, stoppable
from eglass.files import check_writable, is_full, sweep

#: What to do after a command has ended before its end.
GO_ON = "the same command goes on from there"


def command(task: Callable[[DictConfig], Any], config_name: str = "config") -> None:
    """Run `task` with the composed configuration; on bad input print one line and exit with 2.

    Args:
        task: takes the configuration, which has been checked against its schema. What it imports
            should be imported within it: a refusal is then at once.
        config_name: the file of `conf/` that is composed, a key of `ROOTS`.
    """
    # Hydra would otherwise print and exit by itself.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    os.environ.setdefault("WANDB_SILENT", "true")
    # For a launcher's workers, whose output is collected line by line.
    os.environ.setdefault("TQDM_DISABLE", "1")
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    # Ray's own handler of SIGTERM would abort.
    os.environ.setdefault("RAY_DISABLE_FAILURE_SIGNAL_HANDLER", "1")
    warnings.simplefilter("ignore")
    logging.getLogger("wandb").setLevel(logging.ERROR)
    logging.getLogger("optuna.storages._in_memory").setLevel(logging.WARNING)

    _find_modules_here()
    root, overrides = config_name, _arguments(task, config_name)
    results: list[str] = []

    @wraps(task)
    def guarded(cfg: DictConfig) -> Any:
        # A cluster's worker starts elsewhere; paths are meant from where the command was typed.
        os.chdir(get_original_cwd())
        _find_modules_here()
        results.append(str(cfg.get("results")))
        try:
            check(cfg, _root() or root)
            check_name(cfg, HydraConfig.get().runtime.choices.get("problem"))
            check_writable(Path(cfg.results))
            sweep(Path(cfg.results))
            with stoppable():
                return task(cfg)
        except Exception as error:
            line = _in_one_line(error, root, overrides)
            # Of many jobs, it is for the sweeper to say whether one that is refused ends the rest.
            if line is None or HydraConfig.get().mode == RunMode.MULTIRUN:
                raise
            # Caught inside the job, about whose errors Hydra prints a line of its own.
            _refuse(line)

    try:
        with stoppable(StoppedWaiting):
            check_overrides(overrides)
            hydra.main(version_base="1.3", config_path=str(CONF), config_name=root)(guarded)()
    except Stopped as stopped:
        end_workers()
        # Of a launcher's jobs, only they know where.
        where = f" in {results[-1]}" if results else ""
        said = f"stopped by {stopped.name}: what is recorded{where} is kept, and {GO_ON}"
        if isinstance(stopped, StoppedWaiting):
            # What launchers do at the end would wait for those workers.
            print(said, file=sys.stderr, flush=True)
            os._exit(128 + stopped.number)
        _end(said, 128 + stopped.number)
    except Exception as error:
        line = _in_one_line(error, root, overrides)
        if line is None:
            raise
        _refuse(line)


def _find_modules_here() -> None:
    """Have a `_target_` be found in the folder that one stands in, after what is installed."""
    if (here := os.getcwd()) not in sys.path:
        sys.path.append(here)


class BeforeAll(Callback):
    """Checks the settings that many jobs share, before the first of them starts.

    Args:
        check: the dotted name of a function of the configuration, which raises what is wrong.
    """

    def __init__(self, check: str):
        self.check = check

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        overrides = list(config.hydra.overrides.task)
        root = config.hydra.job.config_name
        try:
            if root in ROOTS:
                check(config, root)
            get_method(self.check)(config)
        except BAD_INPUT as error:
            _refuse(in_words(error, root, overrides))


def _in_one_line(error: Exception, root: str, overrides: list[str]) -> str | None:
    """Return what is said of an error that is nobody's mistake in the code; none of a bug."""
    if isinstance(error, BAD_INPUT):
        return in_words(error, root, overrides)
    if is_full(error):
        return f"no room for the results: nothing is half written; make room, and {GO_ON}"
    if isinstance(error, ConnectionError) and "Ray instance" in str(error):
        return (
            "there is no Ray cluster that can be reached from here: start one (ray start --head), "
            "or leave out hydra.launcher.ray.init.address, and one is started on this machine"
        )
    return None


def _root() -> str | None:
    """Return the root that Hydra was told of, where that is one of ours."""
    name = HydraConfig.get().job.config_name
    return name if name in ROOTS else None


def _arguments(task: Callable[[DictConfig], Any], root: str) -> list[str]:
    """Return the overrides of this process's command line.

    Other arguments are Hydra's; where they make no sense, or help is asked for, this ends the
    process.
    """
    parser = get_args_parser()
    parser.error = _refuse  # type: ignore[assignment,method-assign]
    arguments = parser.parse_args()
    actions = ("run", "multirun", "cfg", "info", "shell_completion")
    asked = [f"--{name.replace('_', '-')}" for name in actions if getattr(arguments, name)]
    if len(asked) > 1:
        _refuse(f"{' and '.join(asked)} exclude one another: give one of them")
    overrides: list[str] = arguments.overrides
    if arguments.help:
        page = getattr(task, "__globals__", {}).get("__doc__") or ""
        try:
            check_overrides(overrides)
            own = [f"hydra.searchpath=[{arguments.config_dir}]"] if arguments.config_dir else []
            print(help_text(page, root, [*overrides, *own]))
        except BAD_INPUT as error:
            _refuse(in_words(error, root, overrides))
        sys.exit()
    return overrides


def _refuse(complaint: str) -> NoReturn:
    """Say what is wrong on one line, and end."""
    _end(f"error: {complaint}", 2)


def _end(line: str, status: int) -> NoReturn:
    print(line, file=sys.stderr, flush=True)
    sys.exit(status)
