"""The clock of Table 1: the paper's protocol, and e-GLASS with a fast inversion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import torch
from omegaconf import DictConfig
from tqdm import tqdm

from eglass.evaluation.claims import EGLASS, FAST, PULSE
from eglass.errors import InputError
from eglass.exploration.start import Explorer, Solutions
from eglass.inversion import AdaptiveInversion, Inversion
from eglass.problems import Problem
from eglass.records import Record, environment, is_current
from experiments import building
from experiments.building import Networks, build, load_target, simulate
from experiments.exploration import Stopwatch, configuration, directions, weights

COLUMNS = [
    "problem", "protocol", "method", "target", "inversion", "geometry", "exploration", "total",
    "solutions", "feasible",
]  # fmt: skip
SEQUENTIAL = "paper: sequential PULSE, one inversion of the same budget"
BATCHED = "stronger: PULSE as one batch, ended once feasible"


def plan(cfg: DictConfig) -> list[tuple[str, DictConfig, dict[str, Any]]]:
    """List what is timed: method that it is named after, problem and target.

    The paper's protocol takes `timing.targets` of the samples, the fast inversion all of them.
    """
    samples = building.samples(cfg)
    methods = [(PULSE, samples[: cfg.timing.targets])]
    if cfg.timing.fast is not None:
        methods.append((FAST, samples))
    return [
        (method, problem, target)
        for method, those in methods
        for problem in cfg.problems.values()
        for target in those
    ]


def run(cfg: DictConfig, nets: dict[str, Networks]) -> list[Record]:
    """Time all that is planned, or read back what was timed already."""
    fast = None if cfg.timing.fast is None else build(cfg.timing.fast)
    records = []
    for method, problem, target in tqdm(plan(cfg), desc="Table 1", dynamic_ncols=True):
        place = _folder(cfg, method, problem, target)
        config = _configuration(cfg, method, problem, target)
        if is_current(place, config):
            records.append(Record.load(place))
            continue
        networks = nets[problem.name]
        if method == FAST:
            assert fast is not None
            table = time_fast(cfg, problem, target, networks, fast)
        else:
            table = time_sequential(cfg, problem, target, networks)
        record = Record(
            meta={
                "problem": problem.name,
                "target": target["name"],
                "method": method,
                "weights": weights(networks),
                "environment": environment(networks.device),
                "config": config,
            },
            tables={"timing": table},
        )
        record.save(place)
        records.append(record)
    return records


def load(cfg: DictConfig) -> list[Record]:
    """Read back what was timed.

    Raises:
        InputError: it was not, with this configuration.
    """
    records = []
    for planned in plan(cfg):
        place = _folder(cfg, *planned)
        if not is_current(place, _configuration(cfg, *planned)):
            raise InputError(f"no timing of this configuration at {place}: time it first")
        records.append(Record.load(place))
    return records


def time_sequential(
    cfg: DictConfig, problem_cfg: DictConfig, target: dict[str, Any], nets: Networks
) -> pd.DataFrame:
    """Time the paper's protocol on one target: ten solves, and one inversion of their budget."""
    settings = cfg.timing
    image = load_target(target, nets.generator)
    problem = simulate(problem_cfg, image, cfg.seed)
    rng = torch.Generator().manual_seed(cfg.seed)
    stages = Stopwatch(nets.device)

    with stages.time(PULSE):
        solve = build(cfg.baseline, starts=1, steps=settings.steps, stop_at=None)
        runs = [
            solve(nets.generator, problem, rng)
            for _ in tqdm(range(settings.solutions), desc="sequential PULSE", leave=False)
        ]
    accepted = sum(int(problem.feasible(run.l2).sum()) for run in runs)

    with stages.time("inversion"):
        inversion = build(
            settings.inversion,
            scouts=0,
            starts=1,
            steps=settings.steps - settings.adaptation_steps,
            adaptation_steps=settings.adaptation_steps,
            stop_at=None,
        )(nets.generator, problem, rng)
    ten = _ten_solutions(cfg, problem, nets, inversion, stages)
    return _table(
        problem_cfg,
        SEQUENTIAL,
        target,
        {
            PULSE: [stages.seconds[PULSE], 0.0, 0.0, len(runs), accepted],
            EGLASS: _spent(stages, ten),
        },
    )


def time_fast(
    cfg: DictConfig,
    problem_cfg: DictConfig,
    target: dict[str, Any],
    nets: Networks,
    fast: AdaptiveInversion,
) -> pd.DataFrame:
    """Time ten solutions by a fast inversion; what it learns for later targets is included."""
    problem = simulate(problem_cfg, load_target(target, nets.generator), cfg.seed)
    rng = torch.Generator().manual_seed(cfg.seed)
    stages = Stopwatch(nets.device)
    with stages.time("inversion"):
        inversion = fast(nets.generator, problem, rng)
    ten = _ten_solutions(cfg, problem, nets, inversion, stages)
    return _table(problem_cfg, BATCHED, target, {FAST: _spent(stages, ten)})


def _ten_solutions(
    cfg: DictConfig, problem: Problem, nets: Networks, inversion: Inversion, stages: Stopwatch
) -> Solutions:
    settings = cfg.timing
    with stages.time("geometry"):
        geometry = build(cfg.geometry)(
            inversion.generator, problem, nets.perceptual, inversion.latent
        )
    with stages.time("exploration"):
        explorer = Explorer(inversion.generator, problem, nets.perceptual, inversion.latent)
        found = directions(cfg, geometry, cfg.exploration.K[: settings.solutions])
        return explorer.walk(found, [-settings.step, settings.step], method=EGLASS)


def _spent(stages: Stopwatch, ten: Solutions) -> list[float]:
    seconds = [stages.seconds[name] for name in ("inversion", "geometry", "exploration")]
    return [*seconds, len(ten.table), int(ten.table["feasible"].sum())]


def _table(
    problem: DictConfig, protocol: str, target: dict[str, Any], spent: dict[str, list[float]]
) -> pd.DataFrame:
    rows = [
        (problem.name, protocol, method, target["name"], z0, metrics, walk, z0 + metrics + walk, *n)
        for method, (z0, metrics, walk, *n) in spent.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _folder(cfg: DictConfig, method: str, problem: DictConfig, target: dict[str, Any]) -> Path:
    kind = "fast" if method == FAST else "sequential"
    return Path(cfg.results) / "records" / "timing" / f"{kind}-{problem.name}-{target['name']}"


def _configuration(
    cfg: DictConfig, method: str, problem: DictConfig, target: dict[str, Any]
) -> dict[str, Any]:
    decisive = ["solutions", "step"]
    if method == FAST:
        inversion = cfg.timing.fast
    else:
        inversion = cfg.timing.inversion
        decisive += ["steps", "adaptation_steps"]
    return configuration(cfg, problem, target) | {
        "inversion": building.plain(inversion),
        "timing": {name: cfg.timing[name] for name in decisive},
    }
