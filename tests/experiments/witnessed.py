"""Jobs that leave the number of their process: apart from the tests, for workers to import fast."""

from __future__ import annotations

import os
from pathlib import Path

from omegaconf import DictConfig

from experiments import campaign, sweep


def sweep_job(cfg: DictConfig) -> float:
    """A sweep's."""
    (Path(cfg.results) / f"process-{os.getpid()}").touch()
    return sweep.main(cfg)


def campaign_job(cfg: DictConfig) -> None:
    """A campaign's."""
    (Path(cfg.results) / f"process-{os.getpid()}").touch()
    campaign.main(cfg)
