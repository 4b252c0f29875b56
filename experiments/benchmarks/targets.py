"""Seconds a target, for one and for many, one after another: inversion, geometry, solutions.

For example:

    .venv/bin/python -m experiments.benchmarks.targets
    .venv/bin/python -m experiments.benchmarks.targets device=cuda
    .venv/bin/python -m experiments.benchmarks.targets bench.targets.counts=[8]
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import torch
from omegaconf import DictConfig

from eglass.configuration import command
from eglass.configuration.build import build
from eglass.pipeline import explore
from eglass.problems import Problem
from eglass.progress import bar
from eglass.workflows import photographs
from eglass.workflows.networks import Networks, networks

from .results import Result, spread
from .timing import keep, result


def measure(cfg: DictConfig) -> Result:
    """Time every number of targets, in turn."""
    settings = cfg.bench.targets
    section = cfg.problems[settings.problem]
    nets = networks(cfg, [section.name])[section.name]
    targets = [
        {"seed": cfg.samples.first_seed + i}
        for i in range(min(max(settings.counts), settings.at_most))
    ]
    problems = [
        photographs.measure(section, target, nets.generator, cfg.seed).problem for target in targets
    ]
    rows = []
    for repetition in bar(range(settings.repetitions), desc="targets"):
        for count in settings.counts:
            run = min(count, settings.at_most)
            row = {"targets": count, "targets_run": run, "repetition": repetition}
            rows.append(row | _each(cfg, nets, problems[:run]))
    runs = pd.DataFrame(rows)
    tables = {"runs": runs, "summary": spread(runs, ["targets"]), "ratios": _over_one(runs)}
    return result(cfg, "targets", nets.device, tables)


def _each(cfg: DictConfig, nets: Networks, problems: Sequence[Problem]) -> dict[str, float]:
    """Return means over targets: seconds, those of each stage, and how many solutions it gave."""
    rng = torch.Generator().manual_seed(cfg.seed)
    # What an inversion learns for later targets, such as its bank, is learnt for these alone.
    inversion, explorer = build(cfg.inversion), build(cfg.explorer)
    rows = []
    for problem in problems:
        start = nets.find_start(problem, rng, inversion=inversion)
        found = explore(start, explorer, count=cfg.count, rng=rng)
        stages = start.seconds | {"exploration": found.seconds}
        solutions = int(found.feasible.sum())
        rows.append({"seconds": sum(stages.values()), "solutions": solutions} | stages)
    return pd.DataFrame(rows).mean().to_dict()


def _over_one(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the spread, over rounds, of one target's seconds over those of each of many."""
    alone = runs.loc[runs["targets"] == 1, ["repetition", "seconds"]]
    rows = runs[runs["targets"] > 1].merge(alone, on="repetition", suffixes=("", "_alone"))
    return spread(rows.assign(ratio=rows["seconds_alone"] / rows["seconds"]), ["targets"], "ratio")


def main(cfg: DictConfig) -> None:
    print(keep(cfg, map(measure, [cfg])))


if __name__ == "__main__":
    command(main, "bench")
