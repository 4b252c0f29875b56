"""Log what was found to Weights & Biases."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from omegaconf import DictConfig
from tqdm import tqdm

from eglass.records import Record
from eglass.reporting.tracking import Tracker
from experiments.building import plain


def tracker(cfg: DictConfig) -> Tracker:
    """Return the tracker that `cfg.tracking` describes; its runs lie beside the results.

    Raises:
        InputError: there is no such mode.
    """
    return Tracker(cfg.results, cfg.profile.name, **plain(cfg.tracking))


def log_records(log: Tracker, records: list[Record]) -> None:
    """Log a run for each record."""
    for record in tqdm(records, desc="W&B", dynamic_ncols=True, disable=log.mode == "disabled"):
        log.log_record(record, f"{record.meta['problem']}/{record.meta['target']}")


def log_everything(
    cfg: DictConfig,
    records: list[Record],
    tables: dict[str, pd.DataFrame],
    figures: dict[str, Path],
) -> None:
    """Log a run for each exploration, and one for what they say together."""
    log = tracker(cfg)
    log_records(log, records)
    log.log_summary("report", tables, figures, plain(cfg))
