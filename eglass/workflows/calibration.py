"""Calibration of the exact samplers over many simulated truths: recorded, resumed, drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from omegaconf import DictConfig
from torch import Tensor

from eglass.configuration.build import build, chosen_for, plain
from eglass.evaluation.calibration import Statistics, simulate
from eglass.evaluation.ranks import Band, Simulated
from eglass.generators import Generator
from eglass.perceptual import PerceptualMetric
from eglass.pipeline import in_words
from eglass.problems import Problem
from eglass.progress import Progress, ProgressBar
from eglass.recording import weights
from eglass.records import Origin, Record, whole_file
from eglass.records.environment import environment
from eglass.reporting.calibration_figures import calibration_figure
from eglass.reporting.figures import save
from eglass.workflows.networks import torch_device
from eglass.workflows.photographs import operator
from eglass.workflows.work import Work, done

#: What simulates.
MODULES = ("eglass.evaluation.calibration",)
#: Settings that decide where truths and draws come from, whatever is calibrated.
SECTIONS = ("generator", "perceptual", "count", "seed")


@dataclass(frozen=True)
class Calibrated:
    """One sampler for one problem and one kind of noise.

    Attributes:
        problem: the problem's section of the configuration.
        noise: which of `cfg.noises`.
        sampler: which of `cfg.samplers`.
        truths: how many are simulated.
    """

    problem: DictConfig
    noise: str
    sampler: str
    truths: int

    @property
    def title(self) -> str:
        """What it is called in figures."""
        return f"{self.problem.title}, {self.noise}, {self.sampler.replace('_', ' ')}"


def calibrate(cfg: DictConfig) -> Iterator[str]:
    """Simulate what is not recorded yet, write the table and the figure, and yield what to say.

    Raises:
        InputError: a setting cannot be used, or weights are missing.
    """
    asked = [
        Calibrated(problem, str(noise), str(sampler), settings.truths)
        for problem in cfg.problems.values()
        for noise, node in cfg.noises.items()
        if node is not None
        for sampler, settings in cfg.samplers.items()
        if settings is not None
    ]
    device = torch_device(cfg.device)
    perceptual = build(cfg.perceptual).to(device)
    generators = {
        name: build(chosen_for(cfg.generator, name)).to(device) for name in map(str, cfg.problems)
    }
    progress = ProgressBar()
    work = [
        _work(cfg, each, first, generators[each.problem.name], perceptual, progress)
        for each in asked
        for first in range(0, each.truths, cfg.together)
    ]
    records = iter(done(cfg, work, "calibration"))
    rng = np.random.default_rng(cfg.seed)
    tables, drawn = [], {}
    for each in asked:
        parts = [_read(next(records)) for _ in range(0, each.truths, cfg.together)]
        found = Simulated.joined(parts)
        band = found.band(cfg.level, rng)
        about = {"problem": each.problem.name, "noise": each.noise, "sampler": each.sampler}
        tables.append(found.table(band, rng).assign(**about))
        drawn[each.title] = found, band
    yield from _write(cfg, pd.concat(tables, ignore_index=True), drawn)


def _write(
    cfg: DictConfig, found: pd.DataFrame, drawn: dict[str, tuple[Simulated, Band]]
) -> Iterator[str]:
    results = Path(cfg.results)
    about = ["problem", "noise", "sampler"]
    found = found[[*about, *(name for name in found if name not in about)]]
    with whole_file(results / "calibration.csv") as draft:
        found.to_csv(draft, index=False)
    figure = save(calibration_figure(drawn), results / "calibration")
    yield found.to_string(index=False, float_format="{:.3f}".format, na_rep="")
    yield f"\ntable: {results / 'calibration.csv'}\nfigure: {figure}"


def _work(
    cfg: DictConfig,
    each: Calibrated,
    first: int,
    generator: Generator,
    perceptual: PerceptualMetric,
    progress: Progress,
) -> Work:
    """Return some truths of one simulation, from the first on, as something that is to be done."""
    truths = min(cfg.together, each.truths - first)
    settings = plain(cfg)
    config = {name: settings[name] for name in SECTIONS} | {
        "generator": plain(chosen_for(cfg.generator, each.problem.name)),
        "problem": plain(each.problem),
        "noise": settings["noises"][each.noise],
        "sampler": {
            key: value
            for key, value in settings["samplers"][each.sampler].items()
            if key != "truths"
        },
        "first": first,
        "truths": truths,
    }
    origin = Origin.of(config, weights(generator, perceptual), MODULES)
    name = f"{each.problem.name}-{each.noise}-{each.sampler}"
    place = Path(cfg.results) / "records" / "calibration" / name / f"{first:04d}"

    def compute() -> Record:
        # Truths of one part are drawn by a seed of its own, so that any process may compute it.
        rng = torch.Generator().manual_seed(1_000_003 * cfg.seed + first)
        found = simulate(
            _measuring(each.problem, generator),
            generator,
            build(cfg.noises[each.noise]),
            build(cfg.samplers[each.sampler].sampler),
            Statistics.of(generator, perceptual, torch.Generator().manual_seed(cfg.seed)),
            truths=truths,
            cells=cfg.count,
            rng=rng,
            progress=progress,
        )
        record = Record(
            {
                "draws": found.draws,
                "weights": weights(generator, perceptual),
                "environment": environment(in_words(generator.device)),
            }
            | origin.meta,
            tables={"ranks": found.ranks, "shares": found.shares},
        )
        record.save(place)
        return Record.load(place)

    return Work(f"{name}, from {first}", place, origin, compute)


def _measuring(
    problem: DictConfig, generator: Generator
) -> Callable[[Float[Tensor, "1 channels height width"]], Problem]:
    """Return what measures an image without noise."""
    physics = operator(problem, generator.image_size, generator.device)
    return partial(Problem.simulate, physics, threshold=problem.threshold)


def _read(record: Record) -> Simulated:
    return Simulated(record.tables["ranks"], record.meta["draws"], record.tables["shares"])
