"""Both metrics at one z0: ours, its rivals, and the floor."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import torch
from jaxtyping import Float
from omegaconf import DictConfig
from torch import Tensor
from tqdm import tqdm

from eglass.generators import Generator
from eglass.geometry import TopGeometry
from eglass.geometry.jacobians import full_precision
from eglass.geometry.pullback import pullback_metrics
from eglass.perceptual import LPIPS
from eglass.problems import Problem
from experiments.benchmarks import rivals
from experiments.benchmarks.core import (
    Result,
    interleaved,
    peak_bytes,
    ratios,
    result,
    results_folder,
    spread,
)
from experiments.building import build, load_target, samples, simulate, torch_device
from experiments.cli import command

OURS, DOUBLE_BACKWARD, FLOOR = "e-GLASS, fused", "double backward", "floor: d forward passes"
REVERSE, DIFFERENCES = "reverse-mode Jacobian", "finite differences"

Metrics = tuple[Float[Tensor, "latent latent"], Float[Tensor, "latent latent"]]
Contender = Callable[[], Any]


def top(rank: int) -> str:
    """Name our way to the top of both spectra."""
    return f"e-GLASS, top {rank}"


def lanczos(rank: int) -> str:
    """Name the rival's way to the top of both spectra."""
    return f"Lanczos, top {rank}"


class Restricted(Generator):
    """A generator as a function of its first few latent dimensions, around z0: a smaller task of
    the same cost a dimension.
    """

    def __init__(self, generator: Generator, z0: Float[Tensor, " latent"], columns: int):
        super().__init__()
        self.generator, self.z0 = generator, z0
        self.latent_dim, self.resolution = columns, generator.resolution
        self.prior, self.provenance = generator.prior, generator.provenance

    def forward(
        self, latents: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch 3 height width"]:
        rest = self.z0[self.latent_dim :].expand(len(latents), -1)
        return self.generator(torch.cat([latents, rest], 1))


@full_precision()
def measure(cfg: DictConfig) -> Result:
    """Measure every case: seconds in turn, and, untimed, memory and error."""
    device = torch_device(cfg.device)
    perceptual = build(cfg.perceptual).to(device)
    parts: dict[str, list[pd.DataFrame]] = {"runs": [], "contenders": [], "floor": []}
    for name, case in tqdm(cfg.bench.geometry.cases.items(), desc="geometry", dynamic_ncols=True):
        for table, rows in _measure_case(cfg, case, perceptual, device).items():
            parts[table].append(rows.assign(case=name))
    tables = {name: pd.concat(rows, ignore_index=True) for name, rows in parts.items()}
    tables["summary"] = spread(tables["runs"], ["case", "contender"])
    ranks = {rank for case in cfg.bench.geometry.cases.values() for rank in case.ranks}
    pairs = [
        (DOUBLE_BACKWARD, OURS),
        (OURS, FLOOR),
        (REVERSE, OURS),
        (DIFFERENCES, OURS),
        *[pair for rank in sorted(ranks) for pair in ((OURS, top(rank)), (lanczos(rank), OURS))],
    ]
    tables["ratios"] = ratios(tables["runs"], pairs, by=["case"], paired=["repetition"])
    return result(cfg, "geometry", device, tables)


def _measure_case(
    cfg: DictConfig, case: DictConfig, perceptual: LPIPS, device: torch.device
) -> dict[str, pd.DataFrame]:
    settings = cfg.bench.geometry
    generator: Generator = build(case.generator).to(device)
    family = type(generator).__name__
    target = samples(cfg)[0]
    z0 = generator.sample(1, torch.Generator().manual_seed(target["seed"]))[0]
    problem = simulate(cfg.problems[settings.problem], load_target(target, generator), cfg.seed)
    if case.columns is not None:
        generator, z0 = Restricted(generator, z0, case.columns), z0[: case.columns]

    floors = pd.DataFrame(
        [
            (
                batch,
                _seconds(partial(rivals.forward_passes, generator, perceptual, z0, batch=batch)),
            )
            for batch in settings.batches
            if batch <= max(len(z0), min(settings.batches))
        ],
        columns=["batch", "seconds"],
    )
    best = int(floors.loc[floors["seconds"].idxmin(), "batch"])
    with torch.no_grad():
        features = perceptual.features(generator(z0[None])).shape[1]
    contenders = _contenders(settings, list(case.ranks), generator, problem, perceptual, z0, best)

    exact = _in_double_precision(generator, problem, perceptual, z0)
    facts = []
    for name, contender in tqdm(contenders.items(), desc=family, leave=False):
        peak, found = peak_bytes(contender, device)
        partly = name == REVERSE and _share(settings, features) > 1
        rank = int(name.split()[-1]) if " top " in name else None
        errors = (None, None) if found is None or partly else _errors(found, exact, rank)
        facts.append((name, peak, *errors, rank))
    runs = interleaved(contenders, settings.repetitions, device)
    runs.loc[runs["contender"] == REVERSE, "seconds"] *= _share(settings, features)
    columns = ["contender", "peak_bytes", "error_Y", "error_X", "rank"]
    about = {
        "title": f"{family}, {generator.resolution} pixels, d = {len(z0)}",
        "dimensions": len(z0),
        "features": features,
        "trained": generator.provenance.trained,
    }
    return {
        "runs": runs,
        "contenders": pd.DataFrame(facts, columns=columns).assign(**about),
        "floor": floors.assign(best=floors["batch"] == best),
    }


def _contenders(
    settings: DictConfig,
    ranks: list[int],
    generator: Generator,
    problem: Problem,
    perceptual: LPIPS,
    z0: Float[Tensor, " latent"],
    batch: int,
) -> dict[str, Contender]:
    """Return everything that is timed; each but the floor returns both metrics, or their top."""
    case = generator, problem, perceptual, z0

    def our_top(rank: int) -> Metrics:
        geometry = TopGeometry(rank, tolerance=settings.tolerance, block=settings.block)(*case)
        return geometry.H_Y, geometry.H_X

    contenders: dict[str, Contender] = {
        FLOOR: partial(rivals.forward_passes, generator, perceptual, z0, batch=batch),
        OURS: partial(pullback_metrics, *case),
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
    }
    for rank in ranks:
        contenders[top(rank)] = partial(our_top, rank)
        contenders[lanczos(rank)] = partial(
            rivals.lanczos, *case, rank=rank, tolerance=settings.tolerance
        )
    return contenders


def _seconds(contender: Contender) -> float:
    """Return the better of two runs' seconds."""
    found = []
    for _ in range(2):
        began = time.perf_counter()
        contender()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        found.append(time.perf_counter() - began)
    return min(found)


def _share(settings: DictConfig, features: int) -> float:
    """Return by how much the timed rows of the reverse-mode Jacobian are multiplied up."""
    return features / min(features, settings.reverse_rows or features)


def _in_double_precision(
    generator: Generator, problem: Problem, perceptual: LPIPS, z0: Float[Tensor, " latent"]
) -> Metrics:
    def double(module: Any) -> Any:
        return copy.deepcopy(module).double()

    exact = copy.copy(problem)
    exact.physics, exact.measurement = double(problem.physics), problem.measurement.double()
    network = double(generator)
    if isinstance(network, Restricted):
        network.z0 = network.z0.double()
    return pullback_metrics(network, exact, double(perceptual), z0.double())


def _errors(found: Metrics, exact: Metrics, rank: int | None) -> tuple[float, float]:
    """Return relative errors in Frobenius norm, against the best approximation of that rank."""

    def error(H: Tensor, expected: Tensor) -> float:
        if rank is not None:
            values, vectors = torch.linalg.eigh(expected)
            expected = vectors[:, -rank:] * values[-rank:] @ vectors[:, -rank:].T
        return ((H.double() - expected).norm() / expected.norm()).item()

    return error(found[0], exact[0]), error(found[1], exact[1])


def main(cfg: DictConfig) -> None:
    found = measure(cfg)
    print(found.write(results_folder(cfg, torch_device(cfg.device))))


if __name__ == "__main__":
    command(main, "bench")
