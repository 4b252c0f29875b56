"""Time to N feasible solutions: e-GLASS, and PULSE in both protocols."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import torch
from jaxtyping import Float
from omegaconf import DictConfig
from torch import Tensor
from tqdm import tqdm

from eglass.evaluation.claims import EGLASS
from eglass.exploration.start import Explorer
from eglass.geometry import Geometry
from eglass.inversion import Inversion, SphericalSearch
from eglass.perceptual import LPIPS
from eglass.problems import Problem
from experiments import building
from experiments.benchmarks.core import Result, ratios, result, results_folder, spread
from experiments.building import Networks, build, load_target, simulate
from experiments.cli import command
from experiments.exploration import Stopwatch, directions

SEQUENTIAL, BATCHED = "PULSE, sequential", "PULSE, batched, stopped"
OURS, SAME_BUDGET = "e-GLASS", "e-GLASS, budget of one PULSE solve"
PAIRS = [(BATCHED, OURS), (SEQUENTIAL, OURS), (SEQUENTIAL, SAME_BUDGET)]

Images = Float[Tensor, "count 3 height width"]


@dataclass(frozen=True)
class Found:
    """The feasible images that were found, and seconds for as many as were wanted.

    `run` says how many solves, or batches, the seconds were multiplied up from; none, that
    everything was run.
    """

    seconds: float
    images: Images
    run: int | None = None
    stages: dict[str, float] | None = None


class Task:
    """One measurement of one target, to be solved by every method."""

    def __init__(self, cfg: DictConfig, problem: DictConfig, seed: int, nets: Networks):
        image = load_target({"seed": seed}, nets.generator)
        self.cfg, self.settings, self.nets = cfg, cfg.bench.solutions, nets
        self.problem: Problem = simulate(problem, image, cfg.seed)
        self.rng = torch.Generator().manual_seed(seed)

    def batch(self, starts: int, enough: int) -> tuple[float, Images]:
        """Run PULSE on several starts until enough are feasible, or to the end of its budget."""
        pulse = build(self.cfg.baseline)
        generator = self.nets.generator
        search = SphericalSearch(
            generator,
            self.problem,
            generator.sample(starts, self.rng),
            lr=pulse.lr,
            steps=pulse.steps,
            eps=pulse.eps,
            stop_at=self.problem.threshold,
            enough=enough,
        )
        stages = Stopwatch(self.nets.device)
        with stages.time(BATCHED):
            search.minimise(pulse.steps, "pulse")
            feasible = self.problem.feasible(search.best_l2)
            with torch.no_grad():
                images = generator(search.best_latents[feasible][:enough])
        return stages.seconds[BATCHED], images

    def batches(self, plan: tuple[int, int], wanted: int) -> list[tuple[float, Images]]:
        """Run batches until they have given so many solutions; give up after three times as many
        as could do.
        """
        done: list[tuple[float, Images]] = []
        while _got(done) < wanted and len(done) < 3 * math.ceil(wanted / plan[1]):
            done.append(self.batch(*plan))
        return done

    def sequential(self) -> Callable[[int], Found]:
        """Solve from one start after another, each its whole budget, as the paper does."""
        stages, images = Stopwatch(self.nets.device), []
        with stages.time(SEQUENTIAL):
            for _ in range(self.settings.solves):
                run = build(self.cfg.baseline, starts=1, stop_at=None)(
                    self.nets.generator, self.problem, self.rng
                )
                images.append(run.images[self.problem.feasible(run.l2)])
        each = stages.seconds[SEQUENTIAL] / len(images)
        return lambda count: Found(each * count, torch.cat(images)[:count], len(images))

    def batched(self, plans: dict[int, tuple[int, int]]) -> Callable[[int], Found]:
        """Solve in batches, each ended once enough of its starts are feasible."""

        def solve(count: int) -> Found:
            done = self.batches(plans[count], min(count, self.settings.timed_solutions))
            seconds, got = sum(seconds for seconds, _ in done), _got(done)
            images = torch.cat([images for _, images in done])
            if got >= count:
                return Found(seconds, images[:count])
            return Found(seconds * count / got if got else math.nan, images, len(done))

        return solve

    def eglass(self, invert: Callable[..., Inversion]) -> Callable[[int], Found]:
        """Invert once, compute the geometry once, and walk."""
        stages = Stopwatch(self.nets.device)
        with stages.time("inversion"):
            inversion = invert(self.nets.generator, self.problem, self.rng)
        generator, perceptual, z0 = inversion.generator, self.nets.perceptual, inversion.latent
        with stages.time("geometry"):
            geometry = build(self.cfg.geometry)(generator, self.problem, perceptual, z0)
        explorer = Explorer(generator, self.problem, perceptual, z0)

        def solve(count: int) -> Found:
            if count == 1:  # G(z0) itself.
                parts = {"inversion": stages.seconds["inversion"]}
                one = self.problem.feasible(self.problem.l2(inversion.image))
                return Found(parts["inversion"], inversion.image[one], stages=parts)
            with stages.time("exploration"):
                images = explore(self.cfg, explorer, geometry, count, self.rng)
            return Found(sum(stages.seconds.values()), images, stages=dict(stages.seconds))

        return solve


def _got(batches: list[tuple[float, Images]]) -> int:
    return sum(len(images) for _, images in batches)


@torch.no_grad()
def explore(
    cfg: DictConfig, explorer: Explorer, geometry: Geometry, count: int, rng: torch.Generator
) -> Images:
    """Return `count` feasible images other than G(z0), or fewer where that many are not found.

    First come those of Algorithm 1's configured K, both ways, at a fixed step. Beyond, directions
    are random combinations of v^K for many K, all of the top k eigenvectors of H_Y projected out
    (Algorithm 1, at a threshold of zero), at the step where H_Y foresees a share of the threshold.
    """
    settings, walking = cfg.bench.solutions, cfg.exploration
    along = directions(cfg, geometry, walking.K)
    own = explorer.walk(along, [-settings.step, settings.step], method=EGLASS)
    found = [own.images[torch.from_numpy(own.table["feasible"].to_numpy().copy())]]
    problem, z0 = explorer.problem, explorer.z0
    room = settings.share * problem.threshold - problem.l2(explorer.generator(z0[None]))
    tried, kept = 0, 0
    # An initial image that is itself not feasible leads nowhere.
    while room > 0 and (wanted := count - sum(map(len, found))) > 0 and tried < 8 * count:
        # As many as it takes at the rate of success so far, and a few.
        needed = math.ceil(1.1 * wanted / 2 * (tried + 10) / (kept + 8))
        many = min(settings.directions, needed)
        d = combinations(geometry, settings.combined_K, walking.k, many, rng)
        steps = (room / ((d @ geometry.H_Y) * d).sum(1)).sqrt().clamp(max=walking.max_step)
        d = (steps[:, None] * d)[steps > settings.least_step]
        images = explorer.generator(z0 + torch.cat([d, -d]))
        found.append(images[problem.feasible(problem.l2(images))])
        tried, kept = tried + 2 * many, kept + len(found[-1])
    return torch.cat(found)[:count]


def combinations(
    geometry: Geometry, K: tuple[int, int], k: int, count: int, rng: torch.Generator
) -> Float[Tensor, "count latent"]:
    """Return random unit directions in the span of v^K, K from the first to the last, less the top
    k eigenvectors of H_Y.

    Raises:
        InputError: there are no such eigenvectors.
    """
    first, last = K
    V = torch.stack([geometry.eigenvector(i) for i in range(first, last + 1)])
    weights = torch.randn(count, len(V), generator=rng).to(V)
    U = geometry.U[:, :k]
    d = weights @ V
    return torch.nn.functional.normalize(d - d @ U @ U.T, dim=1)


@torch.no_grad()
def diversity(perceptual: LPIPS, images: Images, pairs: int, rng: torch.Generator) -> float:
    """Return the mean LPIPS between two of the images, over so many random pairs at most."""
    if len(images) < 2:
        return math.nan
    features = torch.cat([perceptual.features(part) for part in images.split(64)])
    both = torch.combinations(torch.arange(len(images)))
    both = both[torch.randperm(len(both), generator=rng)[:pairs]]
    distances = [
        (features[i] - features[j]).square().sum(1) for i, j in (part.T for part in both.split(64))
    ]
    return torch.cat(distances).mean().item()


def plans(cfg: DictConfig, task: Task) -> tuple[dict[int, tuple[int, int]], pd.DataFrame]:
    """Choose PULSE's batches for each N, by trying each on a target of its own."""
    rows = []
    for starts, enough in cfg.bench.solutions.batches:
        done = task.batches((starts, enough), cfg.bench.solutions.tried_solutions)
        seconds = sum(seconds for seconds, _ in done)
        rows.append((starts, enough, len(done), seconds / len(done), _got(done) / len(done)))
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
    learning = Stopwatch(nets.device)
    with learning.time("seconds"):
        nets.invert(nets.generator, first.problem, first.rng)
    first.eglass(nets.invert)(max(settings.counts))
    starts: dict[str, Callable[[Task], Callable[[int], Found]]] = {
        SEQUENTIAL: Task.sequential,
        BATCHED: partial(Task.batched, plans=chosen),
        OURS: partial(Task.eglass, invert=nets.invert),
        SAME_BUDGET: partial(Task.eglass, invert=build(settings.same_budget)),
    }
    runs: list[dict[str, Any]] = []
    rounds = [(r, seed) for r in range(settings.repetitions) for seed in seeds]
    for repetition, seed in tqdm(rounds, desc=problem.title, dynamic_ncols=True):
        task = Task(cfg, problem, seed, nets)
        for method, start in starts.items():
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
                    "diversity": diversity(nets.perceptual, found.images, settings.pairs, task.rng),
                }
                runs.append(row | (found.stages or {}))
    table = pd.DataFrame(runs)
    tables = {
        "runs": table,
        "batches": tried,
        "first_inversion": pd.DataFrame([learning.seconds]),
        "summary": spread(table, ["count", "contender"]),
        "diversity": spread(table, ["count", "contender"], "diversity"),
        "ratios": ratios(table, PAIRS, by=["count"], paired=["seed", "repetition"]),
    }
    return result(cfg, f"solutions_{name}", nets.device, tables)


def main(cfg: DictConfig) -> None:
    nets = building.networks(cfg, cfg.bench.solutions.problems)
    for name in cfg.bench.solutions.problems:
        found = measure(cfg, name, nets[name])
        print(found.write(results_folder(cfg, nets[name].device)))


if __name__ == "__main__":
    command(main, "bench")
