"""Beyond the paper: every explorer on every target, at every threshold, for every N."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from omegaconf import DictConfig

from eglass.configuration.build import build
from eglass.errors import settings_of
from eglass.evaluation.realism import Realism
from eglass.exploration import Explorer, Solutions, agreement
from eglass.images import to_pixels
from eglass.pipeline import in_words
from eglass.problems import shown_measurement
from eglass.progress import Progress, ProgressBar
from eglass.recording import weights
from eglass.records import Origin, Record
from eglass.records.environment import environment
from eglass.workflows import all_targets
from eglass.workflows.against_draws import Board
from eglass.workflows.compared import (
    MODULES,
    comparison_configuration,
    comparison_folder,
    is_first,
)
from eglass.workflows.exact_records import exact_folder
from eglass.workflows.exploration import Task
from eglass.workflows.networks import Networks, networks
from eglass.workflows.targets import Target, shown_sample, targets
from eglass.workflows.trial import Trial
from eglass.workflows.work import Work, done


def explorers(cfg: DictConfig) -> dict[str, Explorer]:
    """Return the explorers that are compared; one that is null is left out.

    Raises:
        InputError: a setting is out of range.
    """
    nodes = cfg.compare.explorers.items()
    return {str(key): build(node) for key, node in nodes if node is not None}


def titles(asked: Mapping[str, Explorer]) -> dict[str, str]:
    """Return what each explorer is called: its method, with its key where several share that."""
    shared = Counter(explorer.method.key for explorer in asked.values())
    return {
        key: explorer.method.title
        if shared[explorer.method.key] == 1 or key == explorer.method.key
        else f"{explorer.method.title} ({key.replace('_', ' ')})"
        for key, explorer in asked.items()
    }


def run(cfg: DictConfig, nets: dict[str, Networks]) -> list[Record]:
    """Compare on every target, or read back what was compared; the smaller N first."""
    realisms = {problem: realism_of(cfg, each) for problem, each in nets.items()}
    progress = ProgressBar()

    def work(count: int, problem: DictConfig, target: Target) -> Work:
        task = Task(cfg, problem, target, nets[problem.name])
        place = comparison_folder(cfg, problem, target, count)
        config = comparison_configuration(cfg, problem, target, count)
        origin = task.origin(config, *MODULES)
        realism = realisms[problem.name]
        return Work(
            f"{problem.name}, {target['name']}, N = {count}",
            place,
            origin,
            lambda: compare(task, count, realism, place, origin, progress),
        )

    asked = [
        work(count, problem, target)
        for count in sorted(cfg.compare.counts)
        for problem in cfg.problems.values()
        for target in targets(cfg, problem.name)
    ]
    return done(cfg, asked, "comparison")


def compare(
    task: Task, count: int, realism: Realism, place: Path, origin: Origin, progress: Progress
) -> Record:
    """Ask every explorer for `count` solutions of one measurement, and record what it found."""
    cfg, problem = task.cfg, task.measured.problem
    trial = Trial.of(
        problem,
        task.networks,
        realism,
        apart=cfg.compare.modes_apart,
        seed=cfg.seed,
        progress=progress,
    )
    image = task.measured.image
    assert image is not None, "a comparison is of images"
    asked = explorers(cfg)
    called, channels = titles(asked), task.networks.generator.shown
    perceptual = task.networks.perceptual
    rows: list[dict[str, Any]] = []
    traded: list[dict[str, Any]] = []
    scored: list[dict[str, Any]] = []
    arrays: dict[str, np.ndarray] = {}
    for threshold in cfg.compare.thresholds:
        problem = task.measured.problem.with_threshold(threshold)
        about = {
            "problem": task.problem.name,
            "target": task.target["name"],
            "threshold": threshold,
            "count": count,
        }
        measures = {}
        board = _board(task, threshold, count) if is_first(cfg, count) else None
        for key, explorer in asked.items():
            solutions, measures[key] = trial.ask(explorer, problem, count, key, progress)
            rows.append(about | {"method": called[key]} | measures[key])
            if board is not None:
                share = {"feasible": measures[key]["feasible"]}
                scored.append(about | {"method": called[key]} | share | board(solutions.images))
            if _is_shown(cfg, task) and is_first(cfg, count):
                arrays |= _pictures(solutions, channels, f"{key}, {threshold:g}")
        if board is not None:
            for method, images in board.held_out.items():
                scored.append(about | {"method": method, "feasible": 1.0} | board(images))
        for value, explorer in _tradeoff(cfg) if is_first(cfg, count) else ():
            key = cfg.compare.tradeoff.explorer
            if explorer == asked[key]:
                found = measures[key]
            else:
                _, found = trial.ask(explorer, problem, count, f"{key}, {value}", progress)
            traded.append(about | {"method": value} | found)
    record = Record(
        meta=task.about
        | {
            "perceptual": {"key": perceptual.key, "title": perceptual.title},
            "methods": called,
            "timings": trial.seconds,
            "weights": weights(task.networks.generator, task.networks.perceptual),
            "environment": environment(in_words(task.networks.device)),
        }
        | origin.meta,
        arrays={
            "target": to_pixels(image, channels)[0],
            "measurement": shown_measurement(problem, channels),
            "prior_spread": task.networks.fresh_spread.cpu().numpy(),
        }
        | arrays,
        tables={"comparison": pd.DataFrame(rows)}
        | ({"tradeoff": pd.DataFrame(traded)} if traded else {})
        | ({"scoreboard": pd.DataFrame(scored)} if scored else {}),
    )
    record.save(place)
    # As it is read back later.
    return Record.load(place)


def realism_of(cfg: DictConfig, nets: Networks) -> Realism:
    """Return what tells how typical an image is of one generator.

    Raises:
        InputError: a setting is out of range.
    """
    settings = cfg.compare.realism
    return Realism.of(
        nets.generator,
        build(settings.network).to(nets.device),
        count=settings.fresh,
        k=settings.k,
        rng=torch.Generator().manual_seed(cfg.seed),
    )


def rehearse(cfg: DictConfig) -> dict[str, Networks]:
    """Load the networks and try every setting, but compute nothing long.

    Raises:
        InputError: one of them cannot be used.
    """
    asked = [(f"compare.explorers.{name}", each) for name, each in explorers(cfg).items()]
    asked += [
        (f"compare.explorers.{cfg.compare.tradeoff.explorer}", each) for _, each in _tradeoff(cfg)
    ]
    nets = networks(cfg, cfg.problems, cfg.compare.inversion)
    all_targets.check(cfg, nets)
    for each in nets.values():
        for section, explorer in asked:
            with settings_of(section):
                explorer.check(each.generator.latent_dim)
    return nets


def _tradeoff(cfg: DictConfig) -> Iterator[tuple[Any, Explorer]]:
    """Yield the explorer whose diversity is traded, at each value of its setting."""
    about = cfg.compare.tradeoff
    node = cfg.compare.explorers.get(about.explorer)
    if node is not None:
        for value in about["values"]:
            yield value, build(node, **{about.setting: value})


def _board(task: Task, threshold: float, count: int) -> Board | None:
    """Return what holds solutions against exact draws of this measurement, where there are any."""
    cfg, networks = task.cfg, task.networks
    return Board.of(
        exact_folder(cfg, task.problem.name, task.target, threshold),
        networks.generator,
        networks.perceptual,
        count=count,
        seed=cfg.seed,
    )


def _pictures(
    solutions: Solutions, channels: tuple[int, int, int] | None, name: str
) -> dict[str, np.ndarray]:
    feasible = solutions.images[solutions.feasible]
    both = agreement(feasible if len(feasible) > 1 else solutions.images)
    return {
        f"{name}, images": to_pixels(solutions.images, channels),
        f"{name}, feasible": solutions.feasible.cpu().numpy(),
        f"{name}, mean": to_pixels(both.mean[None], channels)[0],
        f"{name}, spread": both.spread.cpu().numpy(),
    }


def _is_shown(cfg: DictConfig, task: Task) -> bool:
    return "seed" not in task.target or task.target == shown_sample(cfg)
