"""Verdicts as configured; what a generator's own samples score is kept, and computed once."""

from __future__ import annotations

from pathlib import Path

import torch
from omegaconf import DictConfig

from eglass.configuration.build import chosen_for, plain
from eglass.evaluation.verdict import Appearance, RangeTest, Reference, Verdict
from eglass.problems import Problem
from eglass.progress import Progress, silent
from eglass.recording import weights
from eglass.records import Origin, Reader, Record
from eglass.workflows.networks import Networks
from eglass.workflows.photographs import Measured


def judged(
    cfg: DictConfig,
    problem: DictConfig,
    networks: Networks,
    measured: Measured,
    *,
    progress: Progress = silent,
) -> Verdict | None:
    """Return whether the generator makes such pictures as were measured; none if not asked.

    Args:
        cfg: the whole configuration.
        problem: the problem's section of it.
        measured: the measurement, and its target where it is known.
        progress: called now and then; what it raises ends the computation.
    """
    test = networks.range_test
    if test is None:
        return None
    reference = _reference(cfg, problem, networks, test, measured.problem, progress)
    return test(networks.generator, measured.problem, target=measured.image, reference=reference)


def _reference(
    cfg: DictConfig,
    section: DictConfig,
    networks: Networks,
    test: RangeTest,
    problem: Problem,
    progress: Progress,
) -> Reference:
    """Return what the generator's own samples score, read back where it was computed before."""
    config = {
        "verdict": plain(cfg.verdict),
        "generator": plain(chosen_for(cfg.generator, section.name)),
        "physics": plain(section.physics),
        "noise": section.noise,
    }
    origin = Origin.of(config, weights(networks.generator, test.network))
    place = Path(cfg.results) / "own_samples" / origin.fingerprint
    kept = Reader("recompute").read(place, origin)
    if kept is None:
        found = test.reference(networks.generator, problem, progress)
        looks = {"measurement": found.measurement, "target": found.target}
        arrays = {
            f"{name}_{part}": getattr(look, part).cpu().numpy()
            for name, look in looks.items()
            for part in ("mean", "whitening")
        }
        kept = Record({"usual": found.usual, "limits": found.limits} | origin.meta, arrays)
        kept.save(place)

    def appearance(name: str) -> Appearance:
        mean, whitening = (
            torch.from_numpy(kept.arrays[f"{name}_{part}"]).to(networks.device)
            for part in ("mean", "whitening")
        )
        return Appearance(mean, whitening)

    return Reference(
        appearance("measurement"),
        appearance("target"),
        kept.meta["usual"],
        kept.meta["limits"],
    )
