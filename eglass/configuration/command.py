"""What every command line here does: Hydra, quiet libraries, and one line for a bad input."""

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
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from hydra.utils import get_method, get_original_cwd
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from eglass.errors import InputError

BAD_INPUT = (InputError, HydraException, OmegaConfBaseException)
CONF = Path(__file__).resolve().parents[2] / "conf"


def command(task: Callable[[DictConfig], Any], config_name: str = "config") -> None:
    """Run `task` with the composed configuration; on bad input print one line and exit with 2."""
    # Hydra would otherwise print and exit by itself.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    os.environ.setdefault("WANDB_SILENT", "true")
    # For a launcher's workers, whose output is collected line by line.
    os.environ.setdefault("TQDM_DISABLE", "1")
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    warnings.simplefilter("ignore")
    logging.getLogger("wandb").setLevel(logging.ERROR)
    logging.getLogger("optuna.storages._in_memory").setLevel(logging.WARNING)

    @wraps(task)
    def guarded(cfg: DictConfig) -> Any:
        # A cluster's worker starts elsewhere; paths are meant from where the command was typed.
        os.chdir(get_original_cwd())
        try:
            return task(cfg)
        except BAD_INPUT as error:
            # Of many jobs, it is for the sweeper to say whether one that is refused ends the rest.
            if HydraConfig.get().mode == RunMode.MULTIRUN:
                raise
            # Caught inside the job, about whose errors Hydra prints a line of its own.
            _refuse(error)

    try:
        hydra.main(version_base="1.3", config_path=str(CONF), config_name=config_name)(guarded)()
    except BAD_INPUT as error:
        _refuse(error)


class BeforeAll(Callback):
    """Tries the settings that many jobs share before the first of them starts.

    Args:
        check: the dotted name of a function of the configuration, which raises what is wrong.
    """

    def __init__(self, check: str):
        self.check = check

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        try:
            get_method(self.check)(config)
        except BAD_INPUT as error:
            _refuse(error)


def _refuse(error: Exception) -> NoReturn:
    """Say what is wrong on one line, and end."""
    print("error:", " ".join(str(error).split()), file=sys.stderr)
    sys.exit(2)
