"""Exact draws of what every measurement of a profile leaves open: once, and resumed."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from omegaconf import DictConfig

from eglass.configuration.build import build, plain
from eglass.exploration import Exact
from eglass.geometry.pullback import pullback_metrics
from eglass.pipeline import in_words
from eglass.posterior import Draws, EmptySet, Posterior, UniformBall
from eglass.progress import Progress, ProgressBar
from eglass.recording import weights
from eglass.records import Origin, Record, whole_file
from eglass.records.environment import environment
from eglass.workflows.exact_records import exact_folder
from eglass.workflows.exploration import Task
from eglass.workflows.networks import networks
from eglass.workflows.recorded import configuration
from eglass.workflows.side_by_side import side_by_side
from eglass.workflows.targets import Target, kind, shard, targets
from eglass.workflows.work import Work, as_done

#: What computes, besides the pipeline.
MODULES = ("eglass.posterior", "eglass.workflows.exact")
#: Sections of an exploration's configuration that draws depend on.
USED = ("generator", "problem", "perceptual", "target", "seed")
#: Draws whose H_X is averaged.
SEEN_AT = 4


def exact_configuration(
    cfg: DictConfig, problem: DictConfig, target: Target, threshold: float
) -> dict[str, Any]:
    """Return all that decides what is drawn."""
    config = configuration(cfg, problem, target)
    sampler = plain(cfg.exact.explorer)["sampler"]
    used = {name: config[name] for name in USED}
    return used | {"threshold": threshold, "sampler": sampler}


def sample(cfg: DictConfig) -> Iterator[str]:
    """Draw for every target of this shard, write `exact.csv`, and yield a line for each.

    Raises:
        InputError: a setting or a target cannot be used.
    """
    nets = networks(cfg, cfg.problems)
    progress, work = ProgressBar(), []
    explorer: Exact = build(cfg.exact.explorer)
    for problem in cfg.problems.values():
        # Photographs come last: of them there may be nothing to find.
        chosen = sorted(shard(cfg, problem.name), key=lambda each: kind(each) != "sample")
        for target in chosen:
            task = Task(cfg, problem, target, nets[problem.name])
            task.measured  # noqa: B018  a property that loads and checks
            work += [
                Sampled(task, explorer, threshold).work(progress)
                for threshold in cfg.exact.thresholds
            ]
    with side_by_side(cfg, work, next(iter(nets.values())).device):
        for _, record in as_done(cfg, work, "exact sets"):
            yield line(row(record))
    table = written(cfg)
    yield f"{len(table)} sets: {Path(cfg.results) / 'exact.csv'}"


@dataclass(frozen=True)
class Sampled:
    """The draws of one target under one problem, for one threshold.

    Attributes:
        task: which.
        explorer: whose sampler.
        threshold: on ℓ2.
    """

    task: Task
    explorer: Exact
    threshold: float

    def work(self, progress: Progress) -> Work:
        """Return these draws as something that is to be done, or is done already."""
        task = self.task
        place = exact_folder(task.cfg, task.problem.name, task.target, self.threshold)
        config = exact_configuration(task.cfg, task.problem, task.target, self.threshold)
        origin = task.origin(config, *MODULES)
        name = f"{task.problem.name}, {task.target['name']}, ℓ2 ≤ {self.threshold:g}"
        # What all thresholds share: the levels down to one are on the way to the next.
        shared = exact_configuration(task.cfg, task.problem, task.target, 0.0)
        fingerprint = Origin.of(shared, modules=MODULES).fingerprint
        way = Path(task.cfg.results) / "unfinished" / f"exact-{fingerprint}"
        compute = partial(self._compute, place, way, origin, progress)
        return Work(name, place, origin, compute, way)

    def _compute(self, place: Path, way: Path, origin: Origin, progress: Progress) -> Record:
        task = self.task
        posterior = Posterior(task.measured.problem, task.networks.generator)
        rng = torch.Generator().manual_seed(task.cfg.seed)
        about = task.about | {
            "seed": task.cfg.seed,
            "threshold": self.threshold,
            "weights": weights(task.networks.generator, task.networks.perceptual),
            "environment": environment(in_words(task.networks.device)),
            **origin.meta,
        }
        try:
            (found,) = self.explorer.sampler(
                posterior,
                [UniformBall(threshold=self.threshold)],
                rng,
                progress=progress,
                workdir=way,
            )
        except EmptySet as empty:
            record = Record(about | {"least_l2": empty.reached})
        else:
            share = self._left_to_see(found)
            record = found.record(about | {"left_to_see": share})
        if self.threshold == min(task.cfg.exact.thresholds):
            shutil.rmtree(way, ignore_errors=True)
        record.save(place)
        return Record.load(place)

    def _left_to_see(self, found: Draws) -> float:
        """Return tr(H_X Cov)/tr(H_X Cov₀), of the mean H_X over some draws: what of all that is
        seen of the prior the measurement leaves open.
        """
        task = self.task
        generator = task.networks.generator
        latents = generator.prior.from_normal(found.flat)
        at = latents[:: max(1, len(latents) // SEEN_AT)][:SEEN_AT]
        metrics = [
            pullback_metrics(generator, task.measured.problem, task.networks.perceptual, z)[1]
            for z in at
        ]
        H_X = torch.stack(metrics).mean(0)
        prior = torch.eye(len(H_X)) * generator.prior.second_moment
        return float((H_X * torch.cov(latents.T)).sum() / (H_X.cpu() * prior).sum())


def row(record: Record) -> dict[str, Any]:
    """Return what the table says of one record; NaN where there is no feasible image."""
    meta = record.meta
    draws = meta.get("draws", {})
    found = {
        name: draws.get(name, math.nan)
        for name in ("log10_p", "log10_p_error", "rhat", "ess_bulk", "ess_tail", "seconds")
    }
    return {
        "problem": meta["problem"]["name"],
        "target": meta["target"]["name"],
        "threshold": meta["threshold"],
        **found,
        "passes": draws.get("passes", math.nan),
        "runs_apart": apart(draws.get("log10_p_runs", [])),
        "left_to_see": meta.get("left_to_see", math.nan),
        "least_l2": meta.get("least_l2", math.nan),
    }


def apart(log10_p: list[float]) -> float:
    """Return the decades between the runs that differ most."""
    return max(log10_p) - min(log10_p) if log10_p else math.nan


def line(of: dict[str, Any]) -> str:
    """Return what is said of one target."""
    name = f"{of['problem']}, {of['target']}, ℓ2 ≤ {of['threshold']:g}:"
    if not math.isnan(of["least_l2"]):
        return f"{name} no such image of the frozen generator; the least is {of['least_l2']:.1e}"
    return (
        f"{name} P = 10^{of['log10_p']:.2f}±{of['log10_p_error']:.2f}, left to see "
        f"{of['left_to_see']:.0%}, R-hat {of['rhat']:.3f}, effective draws "
        f"{of['ess_bulk']:.0f} and {of['ess_tail']:.0f}, {of['seconds']:.0f} s"
    )


def written(cfg: DictConfig) -> pd.DataFrame:
    """Write `exact.csv` of all that is recorded for this profile, and return it."""
    places = (
        exact_folder(cfg, problem.name, target, threshold)
        for problem in cfg.problems.values()
        for target in targets(cfg, problem.name)
        for threshold in cfg.exact.thresholds
    )
    table = pd.DataFrame([row(Record.load(place)) for place in places if place.exists()])
    with whole_file(Path(cfg.results) / "exact.csv") as draft:
        table.to_csv(draft, index=False)
    return table
