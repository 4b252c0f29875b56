"""Both metrics at one z0: ours, its rivals, and the floor.

For example:

    .venv/bin/python -m experiments.benchmarks.geometry
    .venv/bin/python -m experiments.benchmarks.geometry device=cuda
    .venv/bin/python -m experiments.benchmarks.geometry bench.geometry.repetitions=9
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial

import pandas as pd
import torch
from jaxtyping import Float
from omegaconf import DictConfig
from torch import Tensor

from eglass.configuration import command
from eglass.configuration.build import build
from eglass.generators import Generator
from eglass.geometry import pullback_metrics
from eglass.geometry.jacobians import full_precision
from eglass.perceptual import LPIPS
from eglass.problems import Problem
from eglass.progress import bar
from eglass.workflows import photographs
from eglass.workflows.networks import torch_device
from eglass.workflows.targets import samples

from . import rivals
from .results import (
    DIFFERENCES,
    DOUBLE_BACKWARD,
    FLOOR,
    FUSED,
    REVERSE,
    Result,
    lanczos,
    ratios,
    spread,
)
from .timing import interleaved, keep, peak_bytes, result

#: Generator, problem, perceptual metric and z0: what all that is timed takes.
Case = tuple[Generator, Problem, LPIPS, Float[Tensor, " latent"]]

Metrics = tuple[Float[Tensor, "latent latent"], Float[Tensor, "latent latent"]]


class Restricted(Generator):
    """A generator as a function of its first few latent dimensions, around z0: a smaller task of
    the same cost a dimension.
    """

    rest: Tensor

    def __init__(self, generator: Generator, z0: Float[Tensor, " latent"], columns: int):
        super().__init__()
        self.generator = generator
        self.register_buffer("rest", z0[columns:])
        self.latent_dim, self.image_size = columns, generator.image_size
        self.prior, self.provenance = generator.prior, generator.provenance

    def forward(
        self, latents: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch 3 height width"]:
        return self.generator(torch.cat([latents, self.rest.expand(len(latents), -1)], 1))


@full_precision()
def measure(cfg: DictConfig) -> Result:
    """Measure every case: seconds in turn, and, untimed, memory and error."""
    device = torch_device(cfg.device)
    perceptual = build(cfg.perceptual).to(device)
    cases = cfg.bench.geometry.cases
    parts: dict[str, list[pd.DataFrame]] = {"runs": [], "contenders": [], "floor": []}
    for name, case in bar(cases.items(), desc="geometry"):
        for table, rows in _measure_case(cfg, case, perceptual, device).items():
            parts[table].append(rows.assign(case=name))
    tables = {name: pd.concat(rows, ignore_index=True) for name, rows in parts.items()}
    tables["summary"] = spread(tables["runs"], ["case", "contender"])
    ranks = sorted({rank for case in cases.values() for rank in case.ranks})
    rival = [DOUBLE_BACKWARD, REVERSE, DIFFERENCES, *map(lanczos, ranks)]
    pairs = [(FUSED, FLOOR), *((name, FUSED) for name in rival)]
    tables["ratios"] = ratios(tables["runs"], pairs, by=["case"], paired=["repetition"])
    return result(cfg, "geometry", device, tables)


def _measure_case(
    cfg: DictConfig, about: DictConfig, perceptual: LPIPS, device: torch.device
) -> dict[str, pd.DataFrame]:
    settings, target = cfg.bench.geometry, samples(cfg)[0]
    generator: Generator = build(about.generator).to(device)
    family = type(generator).__name__
    z0 = generator.sample(1, torch.Generator().manual_seed(target["seed"]))[0]
    section = cfg.problems[settings.problem]
    problem = photographs.measure(section, target, generator, cfg.seed).problem
    if about.columns is not None:
        generator, z0 = Restricted(generator, z0, about.columns), z0[: about.columns]
    case = generator, problem, perceptual, z0

    floors = _floors(case, settings.batches, device)
    batch = int(floors["seconds"].idxmin())
    with torch.no_grad():
        features = perceptual.features(generator(z0[None])).shape[1]
    contenders = _contenders(case, settings, about.ranks, batch)
    # By how much the timed rows of the reverse-mode Jacobian are multiplied up.
    share = features / min(features, settings.reverse_rows or features)

    exact = pullback_metrics(*_in_double_precision(case))
    ranks = {lanczos(rank): rank for rank in about.ranks}
    facts = []
    for name, contender in bar(contenders.items(), desc=family, leave=False):
        peak, found = peak_bytes(contender, device)
        unknown = found is None or (name == REVERSE and share > 1)
        errors = (None, None) if unknown else _errors(found, exact, ranks.get(name))
        facts.append((name, peak, *errors, ranks.get(name)))
    runs = interleaved(contenders, settings.repetitions, device)
    runs.loc[runs["contender"] == REVERSE, "seconds"] *= share
    runs = capped(runs, floors["seconds"].min())
    columns = ["contender", "peak_bytes", "error_Y", "error_X", "rank"]
    return {
        "runs": runs,
        "contenders": pd.DataFrame(facts, columns=columns).assign(
            title=f"{family}, {generator.image_size[-1]} pixels, d = {len(z0)}",
            dimensions=len(z0),
            features=features,
            trained=generator.provenance.trained,
        ),
        "floor": floors.reset_index().assign(best=floors.index == batch),
    }


def _floors(case: Case, batches: list[int], device: torch.device) -> pd.DataFrame:
    """Return the better of two runs of the forward passes, by how many are made at a time."""
    generator, _, perceptual, z0 = case
    sizes = [batch for batch in batches if batch <= max(len(z0), min(batches))]
    passes = {
        batch: partial(rivals.forward_passes, generator, perceptual, z0, batch=batch)
        for batch in sizes
    }
    runs = interleaved(passes, 2, device).rename(columns={"contender": "batch"})
    return runs.groupby("batch")[["seconds"]].min()


def capped(runs: pd.DataFrame, least: float) -> pd.DataFrame:
    """Return the runs, no floor above the least seconds that were seen of it.

    Passes take longer right after a rival that took much memory.
    """
    floor = runs["contender"] == FLOOR
    return runs.assign(seconds=runs["seconds"].mask(floor, runs["seconds"].clip(upper=least)))


def _contenders(
    case: Case, settings: DictConfig, ranks: list[int], batch: int
) -> dict[str, Callable[[], Metrics | None]]:
    """Return the floor, at so many passes at a time, and all ways to both metrics or their top."""
    generator, _, perceptual, z0 = case
    return {
        FLOOR: partial(rivals.forward_passes, generator, perceptual, z0, batch=batch),
        FUSED: partial(pullback_metrics, *case),
        DOUBLE_BACKWARD: partial(rivals.double_backward, *case),
        REVERSE: partial(
            rivals.reverse_jacobian,
            *case,
            chunk=settings.reverse_chunk,
            rows=settings.reverse_rows,
        ),
        DIFFERENCES: partial(
            rivals.finite_differences,
            *case,
            step=settings.difference_step,
            chunk=settings.difference_chunk,
        ),
        **{
            lanczos(rank): partial(rivals.lanczos, *case, rank=rank, tolerance=settings.tolerance)
            for rank in ranks
        },
    }


def _in_double_precision(case: Case) -> Case:
    generator, problem, perceptual, z0 = case
    exact = copy.copy(problem)
    exact.physics = copy.deepcopy(problem.physics).double()
    exact.measurement = problem.measurement.double()
    return copy.deepcopy(generator).double(), exact, copy.deepcopy(perceptual).double(), z0.double()


def _errors(found: Metrics, exact: Metrics, rank: int | None) -> tuple[float, float]:
    """Return relative errors in Frobenius norm, against the best approximation of that rank."""

    def error(H: Tensor, expected: Tensor) -> float:
        if rank is not None:
            values, vectors = torch.linalg.eigh(expected)
            expected = vectors[:, -rank:] * values[-rank:] @ vectors[:, -rank:].T
        return ((H.double() - expected).norm() / expected.norm()).item()

    return error(found[0], exact[0]), error(found[1], exact[1])


def main(cfg: DictConfig) -> None:
    print(keep(cfg, map(measure, [cfg])))


if __name__ == "__main__":
    command(main, "bench")
