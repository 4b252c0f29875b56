"""Log what was found to Weights & Biases."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from omegaconf import DictConfig

from eglass.configuration.build import plain
from eglass.progress import bar
from eglass.reporting.tracking import Tracker
from eglass.workflows.recorded import Records


def tracker(cfg: DictConfig) -> Tracker:
    """Return the tracker that `cfg.tracking` describes; its runs lie beside the results.

    Raises:
        InputError: there is no such mode.
    """
    return Tracker(cfg.results, cfg.profile.name, **plain(cfg.tracking))


def log_records(cfg: DictConfig, records: Records) -> Tracker:
    """Log a run for each record, and return the tracker."""
    log = tracker(cfg)
    everything = [record for by_target in records.values() for record in by_target.values()]
    quiet = log.mode == "disabled"
    for record in bar(everything, desc="W&B", disable=quiet):
        about = record.meta
        log.log_record(record, f"{about['problem']['name']}/{about['target']['name']}")
    return log


def log_everything(
    cfg: DictConfig,
    records: Records,
    tables: dict[str, pd.DataFrame],
    figures: dict[str, Path],
) -> None:
    """Log a run for each exploration, and one for what they say together."""
    log = log_records(cfg, records)
    log.log_summary("report", tables, figures, plain(cfg))
