"""Where exact draws are kept; needs no torch."""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig

from eglass.workflows.targets import Target


def exact_folder(cfg: DictConfig, problem: str, target: Target, threshold: float) -> Path:
    """Return where the draws of one target are kept."""
    place = Path(cfg.results) / "records" / "exact" / problem
    return place / f"{target['name']}-{threshold:g}"
