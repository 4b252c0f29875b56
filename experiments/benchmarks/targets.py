"""Seconds a target, for one and for many targets: inversion, geometry and ten solutions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import torch
from omegaconf import DictConfig
from tqdm import tqdm

from eglass.evaluation.claims import EGLASS
from eglass.exploration.start import Explorer
from eglass.generators import Generator
from eglass.inversion import Inversion
from eglass.problems import Problem
from experiments import building
from experiments.benchmarks.core import Result, result, results_folder, spread
from experiments.building import Networks, build, load_target, simulate
from experiments.cli import command
from experiments.exploration import Stopwatch, directions

Invert = Callable[[Generator, Problem, torch.Generator], Inversion]


class OneAfterAnother:
    """Inverts several measurements, each by itself.

    Another strategy is any callable of the same signature, named in `bench.targets.strategies`.
    """

    def __call__(
        self,
        invert: Invert,
        generator: Generator,
        problems: Sequence[Problem],
        rng: torch.Generator,
    ) -> list[Inversion]:
        return [invert(generator, problem, rng) for problem in problems]


def measure(cfg: DictConfig) -> Result:
    """Time every strategy on every number of targets, in turn."""
    settings = cfg.bench.targets
    nets = building.networks(cfg, [settings.problem])[settings.problem]
    most = max(settings.counts)
    problems = [
        simulate(cfg.problems[settings.problem], load_target(target, nets.generator), cfg.seed)
        for target in (
            {"name": f"sample-{i:03d}", "seed": cfg.samples.first_seed + i} for i in range(most)
        )
    ]
    rows: list[dict[str, Any]] = []
    for repetition in tqdm(range(settings.repetitions), desc="targets", dynamic_ncols=True):
        for name, strategy in settings.strategies.items():
            for count in settings.counts:
                run = min(count, strategy.at_most or count)
                seconds, solutions = _solve(cfg, nets, problems[:run], build(strategy.invert))
                rows.append(
                    {
                        "strategy": name,
                        "targets": count,
                        "targets_run": run,
                        "repetition": repetition,
                        "seconds": sum(seconds.values()) / run,
                        "solutions": solutions / run,
                        **{stage: spent / run for stage, spent in seconds.items()},
                    }
                )
    runs = pd.DataFrame(rows)
    tables = {
        "runs": runs,
        "summary": spread(runs, ["strategy", "targets"]),
        "ratios": _over_one(runs),
    }
    return result(cfg, "targets", nets.device, tables)


def _over_one(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the spread, over rounds, of the first strategy's seconds for one target over each
    strategy's seconds for each of many.
    """
    alone = runs[(runs["targets"] == 1) & (runs["strategy"] == runs["strategy"].iloc[0])]
    rows = runs.merge(alone[["repetition", "seconds"]], on="repetition", suffixes=("", "_alone"))
    rows = rows[rows["targets"] > 1]
    ratio = rows.assign(ratio=rows["seconds_alone"] / rows["seconds"])
    return spread(ratio, ["strategy", "targets"], "ratio")


def _solve(
    cfg: DictConfig, nets: Networks, problems: Sequence[Problem], strategy: Callable[..., Any]
) -> tuple[dict[str, float], int]:
    """Return the seconds of each stage, all targets together, and how many solutions they gave."""
    rng = torch.Generator().manual_seed(cfg.seed)
    stages, seconds, count = Stopwatch(nets.device), {"geometry": 0.0, "exploration": 0.0}, 0
    with stages.time("inversion"):
        inversions = strategy(build(cfg.inversion), nets.generator, problems, rng)
    for problem, inversion in zip(problems, inversions):
        with stages.time("geometry"):
            geometry = build(cfg.geometry)(
                inversion.generator, problem, nets.perceptual, inversion.latent
            )
        with stages.time("exploration"):
            explorer = Explorer(inversion.generator, problem, nets.perceptual, inversion.latent)
            found = explorer.walk_to_the_edge(
                directions(cfg, geometry, cfg.exploration.K),
                max_step=cfg.exploration.max_step,
                bisections=cfg.exploration.bisections,
                method=EGLASS,
            )
        count += int(found.table["feasible"].sum())
        for stage in seconds:
            seconds[stage] += stages.seconds[stage]
    return {"inversion": stages.seconds["inversion"], **seconds}, count


def main(cfg: DictConfig) -> None:
    found = measure(cfg)
    print(found.write(results_folder(cfg, building.torch_device(cfg.device))))


if __name__ == "__main__":
    command(main, "bench")
