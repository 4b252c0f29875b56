"""Time to N feasible solutions: e-GLASS, and PULSE in both protocols.

For example:

    .venv/bin/python -m experiments.benchmarks.solutions
    .venv/bin/python -m experiments.benchmarks.solutions device=cuda
    .venv/bin/python -m experiments.benchmarks.solutions bench.solutions.repetitions=5
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pandas as pd
import torch
from jaxtyping import Float
from omegaconf import DictConfig
from torch import Tensor

from eglass.configuration import command
from eglass.configuration.build import build
from eglass.exploration import Explorer, Pulse
from eglass.inversion import TwoStageInversion
from eglass.perceptual import PerceptualMetric
from eglass.pipeline import Stopwatch, explore
from eglass.progress import bar
from eglass.workflows import photographs
from eglass.workflows.networks import Networks, networks

from .results import (
    BATCHED,
    EGLASS,
    SAME_BUDGET,
    SEQUENTIAL,
    Result,
    ratios,
    spread,
)
from .timing import keep, result

PAIRS = [(BATCHED, EGLASS), (SEQUENTIAL, EGLASS), (SEQUENTIAL, SAME_BUDGET)]

Images = Float[Tensor, "count 3 height width"]


@dataclass(frozen=True)
class Found:
    """The feasible images that were found, and seconds for as many as were wanted.

    Attributes:
        seconds: NaN where not as many are to be had.
        images: in [-1, 1].
        run: solves, or batches, that the seconds were multiplied up from; none: all was run.
        stages: seconds by stage, where there are any.
    """

    seconds: float
    images: Images
    run: int | None = None
    stages: dict[str, float] = field(default_factory=dict)


#: From how many solutions are wanted to what was found.
Solve = Callable[[int], Found]


class Task:
    """One measurement of one of the generator's own images, to be solved by every method."""

    def __init__(self, cfg: DictConfig, problem: DictConfig, seed: int, nets: Networks):
        self.cfg, self.settings, self.nets = cfg, cfg.bench.solutions, nets
        target = {"seed": seed}
        self.problem = photographs.measure(problem, target, nets.generator, cfg.seed).problem
        # Not the target's own seed, whose first draw is the latent that is looked for.
        self.rng = torch.Generator().manual_seed(cfg.seed)

    def pulse(self, starts: int, enough: int | None = None) -> Found:
        """Run PULSE on several starts as one batch.

        Args:
            enough: how many must be feasible for the batch to end; none runs the whole budget.
        """
        generator, problem = self.nets.generator, self.problem
        pulse: Pulse = build(
            self.cfg.baseline, stop_at=None if enough is None else problem.threshold
        )
        clock = Stopwatch(self.nets.device)
        with clock.time("pulse"):
            search = pulse.solve(generator, problem, count=starts, enough=enough, rng=self.rng)
            feasible = problem.feasible(search.best_l2)
            with torch.no_grad():
                images = generator(search.best_latents[feasible][:enough])
        return Found(clock.seconds["pulse"], images)

    def batches(self, starts: int, enough: int, wanted: int) -> list[Found]:
        """Run batches until they have given so many solutions; give up after three times as many
        as could do.
        """
        done: list[Found] = []
        while _got(done) < wanted and len(done) < 3 * math.ceil(wanted / enough):
            done.append(self.pulse(starts, enough))
        return done

    def sequential(self) -> Solve:
        """Solve from one start after another, each its whole budget, as the paper does."""
        done = [self.pulse(1) for _ in range(self.settings.solves)]
        each, images = _seconds(done) / len(done), torch.cat([one.images for one in done])
        return lambda count: Found(each * count, images[:count], len(done))

    def batched(self, plans: dict[int, tuple[int, int]]) -> Solve:
        """Solve in batches, each ended once enough of its starts are feasible."""

        def solve(count: int) -> Found:
            done = self.batches(*plans[count], min(count, self.settings.timed_solutions))
            seconds, got = _seconds(done), _got(done)
            images = torch.cat([batch.images for batch in done])
            if got >= count:
                return Found(seconds, images[:count])
            return Found(seconds * count / got if got else math.nan, images, len(done))

        return solve

    def eglass(self, inversion: TwoStageInversion | None = None) -> Solve:
        """Find the starting point once, and explore from there.

        Args:
            inversion: another than the configured one.
        """
        start = self.nets.find_start(self.problem, self.rng, inversion=inversion)
        explorer: Explorer = build(self.settings.explorer)

        def solve(count: int) -> Found:
            if count == 1:  # G(z0) itself, for which no geometry is needed.
                stages = {"inversion": start.seconds["inversion"]}
                images = start.image[self.problem.feasible(self.problem.l2(start.image))]
            else:
                found = explore(start, explorer, count=count, rng=self.rng)
                stages = start.seconds | {"exploration": found.seconds}
                images = found.images[found.feasible]
            seconds = sum(stages.values()) if len(images) >= count else math.nan
            return Found(seconds, images, stages=stages)

        return solve


def _got(done: list[Found]) -> int:
    return sum(len(one.images) for one in done)


def _seconds(done: list[Found]) -> float:
    return sum(one.seconds for one in done)


@torch.no_grad()
def diversity(perceptual: PerceptualMetric, images: Images) -> float:
    """Return the mean perceptual distance over all pairs of images; NaN of fewer than two."""
    if len(images) < 2:
        return math.nan
    features = torch.cat([perceptual.features(part) for part in images.split(64)])
    # Of squared distances, the mean over pairs is twice the variance.
    return float(2 * features.var(0).sum())


def plans(cfg: DictConfig, task: Task) -> tuple[dict[int, tuple[int, int]], pd.DataFrame]:
    """Choose PULSE's batches for each N, by trying each on a target of its own."""
    rows = []
    for starts, enough in cfg.bench.solutions.batches:
        done = task.batches(starts, enough, cfg.bench.solutions.tried_solutions)
        rows.append((starts, enough, len(done), _seconds(done) / len(done), _got(done) / len(done)))
    tried = pd.DataFrame(rows, columns=["starts", "enough", "batches", "seconds", "found"])
    chosen = {}
    for count in cfg.bench.solutions.counts:
        # The last batch of a few runs to its end, also where fewer are wanted.
        needed = (count / tried["found"].where(tried["found"] > 0)).map(math.ceil, "ignore")
        best = (needed * tried["seconds"]).fillna(math.inf).idxmin()
        chosen[count] = int(tried.loc[best, "starts"]), int(tried.loc[best, "enough"])
    return chosen, tried


def measure(cfg: DictConfig, name: str, nets: Networks) -> Result:
    """Time every method on every target of a problem, in turn."""
    settings, problem = cfg.bench.solutions, cfg.problems[name]
    seeds = [cfg.samples.first_seed + i for i in range(cfg.samples.count + 1)]
    first = Task(cfg, problem, seeds.pop(), nets)
    chosen, tried = plans(cfg, first)
    # What an inversion learns for later targets is timed apart; so is what any first run pays for,
    # as PULSE has done.
    warm_up = first.eglass()
    learning = warm_up(1).stages["inversion"]
    warm_up(max(settings.counts))
    methods: dict[str, Callable[[Task], Solve]] = {
        SEQUENTIAL: Task.sequential,
        BATCHED: partial(Task.batched, plans=chosen),
        EGLASS: Task.eglass,
        SAME_BUDGET: partial(Task.eglass, inversion=build(settings.same_budget)),
    }
    runs: list[dict[str, Any]] = []
    rounds = [(r, seed) for r in range(settings.repetitions) for seed in seeds]
    for repetition, seed in bar(rounds, desc=problem.title):
        task = Task(cfg, problem, seed, nets)
        for method, start in methods.items():
            solve = start(task)
            for count in settings.counts:
                found = solve(count)
                row = {
                    "seed": seed,
                    "repetition": repetition,
                    "contender": method,
                    "count": count,
                    "seconds": found.seconds,
                    "found": len(found.images),
                    "multiplied_up_from": found.run,
                    "diversity": diversity(nets.perceptual, found.images),
                }
                runs.append(row | found.stages)
    table = pd.DataFrame(runs)
    tables = {
        "runs": table,
        "batches": tried,
        "first_inversion": pd.DataFrame([{"seconds": learning}]),
        "summary": spread(table, ["count", "contender"]),
        "diversity": spread(table, ["count", "contender"], "diversity"),
        "ratios": ratios(table, PAIRS, by=["count"], paired=["seed", "repetition"]),
    }
    return result(cfg, f"solutions_{name}", nets.device, tables)


def measure_all(cfg: DictConfig) -> Iterator[Result]:
    """Time every method on every problem, one after another."""
    nets = networks(cfg, cfg.bench.solutions.problems)
    for name in cfg.bench.solutions.problems:
        yield measure(cfg, name, nets[name])


def main(cfg: DictConfig) -> None:
    print(keep(cfg, measure_all(cfg)))


if __name__ == "__main__":
    command(main, "bench")
