"""The clock of Table 1: the paper's protocol, and e-GLASS with a fast inversion."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch
from omegaconf import DictConfig

from eglass.configuration.build import build
from eglass.exploration import Algorithm1, Pulse, Solutions, StartingPoint, walk
from eglass.inversion import TwoStageInversion
from eglass.pipeline import Stopwatch, in_words
from eglass.progress import bar
from eglass.recording import weights
from eglass.records import Method, Origin, Record, names
from eglass.records.environment import environment
from eglass.workflows.exploration import Task
from eglass.workflows.networks import Networks
from eglass.workflows.side_by_side import done_side_by_side, one_thread
from eglass.workflows.table1 import (
    BATCHED,
    COLUMNS,
    SEQUENTIAL,
    plan,
    timing_configuration,
    timing_folder,
)
from eglass.workflows.targets import Target
from eglass.workflows.work import Work, done, is_done

#: A method, seconds by stage (inversion, geometry, exploration), solutions and the feasible ones.
Spent = tuple[Method, float, float, float, int, float]


def run(cfg: DictConfig, nets: dict[str, Networks]) -> list[Record]:
    """Time all that is planned, or read back what was timed already.

    The paper's protocol has the machine to itself.
    """
    fast = None if cfg.timing.fast is None else build(cfg.timing.fast)

    def work(method: Method, problem: DictConfig, target: Target) -> Work:
        task = Task(cfg, problem, target, nets[problem.name])
        place = timing_folder(cfg, method, problem, target)
        origin = task.origin(timing_configuration(cfg, method, problem, target))
        name = f"{method.title}, {problem.name}, {target['name']}"
        return Work(name, place, origin, lambda: _timed(task, method, fast, place, origin))

    asked = plan(cfg)
    alone = [work(*each) for each in asked if each[0] == names.PULSE]
    rest = [(each[1].name, work(*each)) for each in asked if each[0] != names.PULSE]
    found = done(cfg, alone, "Table 1")
    # In the conditions of the explorations, whose clock has timed PULSE's batches. What is learned
    # on the first target of a problem, all processes have then.
    first = {problem: each for problem, each in reversed(rest) if not is_done(cfg, each)}
    with one_thread():
        done(cfg, list(first.values()), "Table 1, one thread")
    device = next(iter(nets.values())).device
    works = [each for _, each in rest]
    return found + done_side_by_side(cfg, works, "Table 1, one thread", device)


def _timed(
    task: Task, method: Method, fast: TwoStageInversion | None, place: Path, origin: Origin
) -> Record:
    timed = _sequential(task) if method == names.PULSE else _fast(task, fast)
    record = Record(
        meta={
            "problem": task.about["problem"],
            "target": task.about["target"],
            "method": method.key,
            "weights": weights(task.networks.generator, task.networks.perceptual),
            "environment": environment(in_words(task.networks.device)),
        }
        | origin.meta,
        tables={"timing": timed},
    )
    record.save(place)
    # As it is read back later: what is drawn from it is drawn once.
    return Record.load(place)


def _sequential(task: Task) -> pd.DataFrame:
    """Time the paper's protocol on one target: PULSE's solves, and one inversion of their budget.

    Every solve takes all of its steps: ten cost what a few do, multiplied up.
    """
    settings, nets, problem = task.cfg.timing, task.networks, task.measured.problem
    rng = torch.Generator().manual_seed(task.cfg.seed)
    clock = Stopwatch(nets.device)
    pulse: Pulse = build(task.cfg.baseline, steps=settings.steps, stop_at=None)
    with clock.time("solves"):
        solves = [
            pulse.solve(nets.generator, problem, count=1, rng=rng)
            for _ in bar(range(settings.solves), desc="sequential PULSE", leave=False)
        ]
    times = settings.solutions / settings.solves
    accepted = times * sum(int(problem.feasible(solve.best_l2).sum()) for solve in solves)
    same_budget: TwoStageInversion = build(
        settings.inversion,
        scouts=0,
        starts=1,
        steps=settings.steps - settings.adaptation_steps,
        adaptation_steps=settings.adaptation_steps,
        stop_at=None,
    )
    start = nets.find_start(problem, rng, inversion=same_budget)
    seconds = times * clock.seconds["solves"]
    solved = (names.PULSE, seconds, 0.0, 0.0, settings.solutions, accepted)
    return _table(task, SEQUENTIAL, [solved, _spent(names.EGLASS, start, _walked(task, start))])


def _fast(task: Task, inversion: TwoStageInversion | None) -> pd.DataFrame:
    """Time ten solutions by a fast inversion; what it learns for later targets is included."""
    rng = torch.Generator().manual_seed(task.cfg.seed)
    start = task.networks.find_start(task.measured.problem, rng, inversion=inversion)
    spent = _spent(names.FAST_INVERSION, start, _walked(task, start))
    return _table(task, BATCHED, [spent])


def _walked(task: Task, start: StartingPoint) -> Solutions:
    """Return the solutions of Table 1: at one step, both ways along each direction."""
    explorer = task.explorer
    assert isinstance(explorer, Algorithm1)
    settings, clock = task.cfg.timing, Stopwatch(task.networks.device)
    with clock.time("exploration"):
        K = explorer.starts(start.geometry, settings.solutions)
        along = explorer.directions(start.geometry, K)
        found = walk(start, along, [-settings.step, settings.step], method=names.EGLASS)
    return replace(found, seconds=clock.seconds["exploration"])


def _spent(method: Method, start: StartingPoint, ten: Solutions) -> Spent:
    return (
        method,
        start.seconds["inversion"],
        start.seconds["geometry"],
        ten.seconds,
        len(ten),
        int(ten.feasible.sum()),
    )


def _table(task: Task, protocol: str, spent: list[Spent]) -> pd.DataFrame:
    rows = [
        (
            task.problem.name, protocol, method.key, task.target["name"],
            z0, metrics, walks, z0 + metrics + walks, *counts,
        )
        for method, z0, metrics, walks, *counts in spent
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)
