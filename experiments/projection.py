"""Table 1 where its full budget would take days: a few steps of each stage, and what they project.

Good for networks of the paper's size on a CPU, with untrained weights.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import torch
from omegaconf import DictConfig

from eglass.evaluation.claims import EGLASS, PULSE
from eglass.geometry.pullback import forecast_seconds
from eglass.records import UNTRAINED
from experiments import building
from experiments.building import Networks, build, load_target, simulate

COLUMNS = [
    "problem", "protocol", "method", "inversion", "geometry", "exploration", "total", "solutions",
    "seconds_a_step", "paper_seconds", "note",
]  # fmt: skip


def project(cfg: DictConfig, problem_cfg: DictConfig, nets: Networks) -> pd.DataFrame:
    """Measure `timing.project_from` steps of each stage, and multiply."""
    settings = cfg.timing
    few, adapting = settings.project_from, settings.adaptation_steps
    image = load_target(building.samples(cfg)[0], nets.generator)
    problem = simulate(problem_cfg, image, cfg.seed)
    rng = torch.Generator().manual_seed(cfg.seed)

    pulse = build(cfg.baseline, starts=1, steps=few, stop_at=None)(nets.generator, problem, rng)
    inversion = build(
        cfg.timing.inversion, scouts=0, starts=1, steps=few, adaptation_steps=few, stop_at=None
    )(nets.generator, problem, rng)
    step = {
        PULSE: _seconds_a_step(pulse.history),
        **{stage: _seconds_a_step(part) for stage, part in inversion.history.groupby("stage")},
    }
    geometry = forecast_seconds(
        inversion.generator,
        problem,
        nets.perceptual,
        inversion.latent,
        memory_gb=cfg.geometry.memory_gb,
    )
    began = time.perf_counter()
    with torch.no_grad():
        inversion.generator(inversion.latent[None])
    image_seconds = time.perf_counter() - began

    solves = settings.solutions * settings.steps * step[PULSE]
    inverting = (settings.steps - adapting) * step["latent"] + adapting * step["adaptation"]
    exploring = settings.solutions * image_seconds
    protocol = (
        f"PROJECTION from {few} steps a stage and one Jacobian chunk: sequential PULSE, one "
        f"inversion, {settings.steps} steps each"
    )
    note = "" if nets.generator.provenance.trained else UNTRAINED
    paper = cfg.paper[problem_cfg.name]
    count = settings.solutions
    rows = [
        (PULSE, solves, 0.0, 0.0, solves, count, step[PULSE], paper.pulse_seconds),
        (
            EGLASS,
            inverting,
            geometry,
            exploring,
            inverting + geometry + exploring,
            count,
            inverting / settings.steps,
            paper.eglass_seconds,
        ),
    ]
    return pd.DataFrame([(problem_cfg.name, protocol, *row, note) for row in rows], columns=COLUMNS)


def _seconds_a_step(history: pd.DataFrame) -> float:
    # The first step also pays for what later ones find ready.
    clock = history.groupby("step")["seconds"].max().to_numpy()
    return float(np.median(np.diff(clock)))
