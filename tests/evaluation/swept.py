"""Jobs of a sweep that nobody ran, for the tests of what is made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import OmegaConf

from eglass.records import Record

SCORE = "algorithm1_steps/lpips_gained"


def leave_job(folder: Path, number: int, given: dict[str, Any], *, trained: bool = True) -> None:
    """Record a job whose score is 10·explorer.k, with a little of eta.

    Args:
        given: what its command line said: settings by their dotted names, `problem` whole.
    """
    settings: dict[str, Any] = {
        "K": 8,
        "eta": 3.0,
        "explorer": {"k": 20, "K": [8]},
        "problem": {"name": given.get("problem", "inpainting")},
        "results": "somewhere",
        "choices": {"problem": given.get("problem", "inpainting")},
    }
    cfg = OmegaConf.create(settings)
    for name, value in given.items():
        if name != "problem":
            OmegaConf.update(cfg, name, value)
    network = {"source": "somewhere", "trained": trained}
    Record(
        meta={
            "settings": OmegaConf.to_container(cfg),
            "overrides": [*given, "results"],
            "summary": {SCORE: 10 * cfg.explorer.k + cfg.eta, "inversion/l2": 1e-3 * number},
            "weights": {"generator": network},
        }
    ).save(folder / f"job{number:02}" / "job")


def leave_jobs(folder: Path) -> None:
    """Record thirty jobs, each with a K, an explorer.k and an eta of its own."""
    rng = np.random.default_rng(0)
    for number in range(30):
        k, eta = int(rng.integers(0, 40)), float(rng.uniform(1, 6))
        leave_job(folder, number, {"explorer.k": k, "eta": eta, "K": int(rng.integers(1, 30))})
