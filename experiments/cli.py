"""What every command line here does: Hydra, quiet libraries, and one line for a bad input."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable

import hydra
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from eglass.errors import InputError


def command(task: Callable[[DictConfig], None], config_name: str = "config") -> None:
    """Run `task` with the composed configuration; on bad input print one line and exit with 2."""
    # Hydra would otherwise print and exit by itself.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    os.environ.setdefault("WANDB_SILENT", "true")
    warnings.simplefilter("ignore")
    logging.getLogger("wandb").setLevel(logging.ERROR)
    main = hydra.main(version_base="1.3", config_path="../conf", config_name=config_name)(task)
    try:
        main()
    except (InputError, HydraException, OmegaConfBaseException) as error:
        print(f"error: {_one_line(error)}", file=sys.stderr)
        sys.exit(2)


def _one_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines()]
    return " ".join(line for line in lines if line)
