"""Jobs that leave the number of their process: apart from the tests, for workers to import fast."""

from __future__ import annotations

import os
from pathlib import Path

from omegaconf import DictConfig

from experiments import all_targets, sweep


def sweep_job(cfg: DictConfig) -> float:
    """A sweep's."""
    (Path(cfg.results) / f"process-{os.getpid()}").touch()
    return sweep.main(cfg)


def targets_job(cfg: DictConfig) -> None:
    """A shard's."""
    (Path(cfg.results) / f"process-{os.getpid()}").touch()
    all_targets.main(cfg)
