"""Where exact draws are recorded; needs no torch."""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig

from eglass.workflows.targets import Target


def exact_folder(cfg: DictConfig, problem: DictConfig, target: Target, threshold: float) -> Path:
    """Return where the draws of a measurement at a threshold are recorded."""
    return (
        Path(cfg.results) / "records" / "exact" / problem.name / f"{target['name']}-{threshold:g}"
    )
