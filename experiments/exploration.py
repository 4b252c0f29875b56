"""Explore one measurement of one target, by every method, into a record."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from jaxtyping import Float
from omegaconf import DictConfig
from torch import Tensor

from eglass.evaluation.claims import EDGE, EGLASS, EIGENVECTOR, EIGENVECTOR_EDGE, PULSE
from eglass.exploration.directions import choose_K
from eglass.errors import InputError
from eglass.exploration.start import Explorer, Solutions, algorithm1, check_steps
from eglass.geometry import Geometry, correlations
from eglass.images import to_pixels
from eglass.inversion import PulseResult
from eglass.problems import is_picture, shown_measurement
from eglass.records import Record, environment, fingerprint, is_current
from eglass.geometry.spectrum import Spectrum
from eglass.evaluation.agreement import Consensus, consensus
from experiments.building import (
    Networks,
    build,
    chosen_for,
    enlargement,
    load_target,
    plain,
    simulate,
)

SOLUTION_COLUMNS = [
    "problem", "target", "method", "direction", "step", "l2", "lpips", "feasible", "atypicality",
    "seconds",
]  # fmt: skip

#: How many K `auto` chooses: both ways along each are ten solutions.
AUTO = 5

#: Sections of the configuration that an exploration depends on.
SECTIONS = (
    "perceptual",
    "inversion",
    "baseline",
    "geometry",
    "exploration",
    "explorer",
    "count",
    "seed",
)


def configuration(cfg: DictConfig, problem: DictConfig, target: dict[str, Any]) -> dict[str, Any]:
    """Return all that decides what this exploration finds."""
    everything = plain(cfg)
    return {name: everything.get(name) for name in SECTIONS} | {
        "generator": plain(chosen_for(cfg.generator, problem.name)),
        "problem": plain(problem),
        "target": target,
    }


def folder(cfg: DictConfig, problem: DictConfig, target: dict[str, Any]) -> Path:
    """Return where the record of this exploration is kept."""
    return Path(cfg.results) / "records" / problem.name / target["name"]


def check(cfg: DictConfig, problem_cfg: DictConfig, target: dict[str, Any], nets: Networks) -> None:
    """Try every setting and the target before anything long is computed.

    Raises:
        InputError: one of them cannot be used.
    """
    image = load_target(target, nets.generator)
    simulate(problem_cfg, image, cfg.seed)
    if cfg.baseline is not None:
        build(cfg.baseline)
    if cfg.get("explorer") is not None:
        build(cfg.explorer)
        if cfg.count < 2:
            raise InputError(f"count is {cfg.count}: expected at least 2 solutions")
    build(cfg.geometry)
    check_steps([*cfg.exploration.steps, *cfg.exploration.strip, cfg.exploration.max_step])
    # Algorithm 1 on a random geometry of the same dimension makes its own checks.
    dim = nets.generator.latent_dim
    rank = cfg.geometry.get("rank", dim)
    basis, _ = torch.linalg.qr(
        torch.randn(2, dim, rank, generator=torch.Generator().manual_seed(0))
    )
    spectra = (Spectrum(torch.ones(rank), vectors, 1.0, 0) for vectors in basis)
    geometry = Geometry.from_spectra(torch.zeros(dim), *spectra)
    directions(cfg, geometry, [*problem_cfg.shown_K, *starts(cfg, geometry)])


def starts(cfg: DictConfig, geometry: Geometry) -> list[int]:
    """Return the starting eigenvectors K: those configured, or the best ones for `auto`."""
    K = cfg.exploration.K
    return choose_K(geometry, AUTO, cfg.exploration.k) if K == "auto" else list(K)


def directions(
    cfg: DictConfig, geometry: Geometry, indices: Iterable[int]
) -> dict[str, Float[Tensor, " latent"]]:
    """Return the direction that Algorithm 1 makes of each v^K."""
    settings = cfg.exploration
    return {f"d{K}": algorithm1(geometry, K, settings.k, settings.threshold) for K in indices}


def explore(
    cfg: DictConfig, problem_cfg: DictConfig, target: dict[str, Any], nets: Networks
) -> Record:
    """Invert, compute the geometry, explore by every method; resumes, and never repeats.

    Raises:
        InputError: a setting or the photograph cannot be used.
    """
    place = folder(cfg, problem_cfg, target)
    config = configuration(cfg, problem_cfg, target)
    if is_current(place, config):
        return Record.load(place)
    workdir = Path(cfg.results) / "unfinished" / fingerprint(config)
    stages = Stopwatch(nets.device)

    image = load_target(target, nets.generator)
    problem = simulate(problem_cfg, image, cfg.seed)
    rng = torch.Generator().manual_seed(cfg.seed)
    inversion = nets.invert(nets.generator, problem, rng, workdir)
    stages.seconds["inversion"] = sum(inversion.seconds.values())

    with stages.time("geometry"):
        geometry = build(cfg.geometry)(
            inversion.generator, problem, nets.perceptual, inversion.latent
        )

    explorer = Explorer(inversion.generator, problem, nets.perceptual, inversion.latent)
    shown = {f"v{K}": geometry.eigenvector(K) for K in problem_cfg.shown_K}
    shown |= directions(cfg, geometry, problem_cfg.shown_K)
    parts = walks(cfg, explorer, geometry, shown, stages)
    if cfg.get("explorer") is not None:
        search = build(cfg.explorer)
        with stages.time(search.name):
            parts.append(search(explorer, geometry, count=cfg.count, rng=rng))
    strip = explorer.walk(shown, cfg.exploration.strip, method="strip")
    along = f"d{problem_cfg.shown_K[0]}"
    on_strip = torch.from_numpy((strip.table["direction"] == along).to_numpy())
    histories = [inversion.history]
    if cfg.baseline is not None:
        pulse = build(cfg.baseline)(nets.generator, problem, rng, workdir)
        stages.seconds[PULSE] = pulse.seconds
        histories.append(pulse.history.assign(stage=PULSE))
        parts.insert(0, judged(pulse, explorer))

    solutions = Solutions.join(parts)
    ours = chosen_method(cfg)
    both = agreement(solutions, ours)
    table = solutions.table.assign(problem=problem_cfg.name, target=target["name"])
    # Each solution's share of its own stage; inversion and geometry come once, before.
    counts = table["method"].map(table["method"].value_counts())
    table["seconds"] = table["method"].map(stages.seconds) / counts
    history = pd.concat(histories)
    record = Record(
        meta={
            "problem": problem_cfg.name,
            "target": target["name"],
            "enlargement": enlargement(target, nets.generator),
            "threshold": problem.threshold,
            "back_projected": None if is_picture(problem.measurement) else problem.entries,
            "strip": along,
            "solutions_of": ours,
            "inversion": {"l2": inversion.l2, "reached": inversion.reached},
            "traces": {"Y": geometry.trace_Y, "X": geometry.trace_X},
            "timings": stages.seconds,
            "weights": weights(nets),
            "environment": environment(nets.device),
            "config": config,
        },
        arrays={
            "target": to_pixels(image)[0],
            "measurement": shown_measurement(problem),
            "initial": to_pixels(inversion.image)[0],
            "solution_images": to_pixels(solutions.images),
            "mean": to_pixels(both.mean[None])[0],
            "spread": both.spread.cpu().numpy(),
            "strip_images": to_pixels(strip.images[on_strip]),
            "solution_latents": solutions.latents.cpu().numpy(),
            **{
                name: getattr(geometry, name).cpu().numpy()
                for name in ("z0", "H_Y", "H_X", "Lambda", "U", "Omega", "V", "C")
            },
        },
        tables={
            "solutions": table[SOLUTION_COLUMNS],
            "correlation": correlations(geometry, shown),
            "strip": strip.table[["direction", "step", "l2", "lpips", "feasible"]],
            "history": history[["stage", "step", "start", "l2", "seconds"]],
        },
    )
    record.save(place)
    shutil.rmtree(workdir, ignore_errors=True)
    return record


def chosen_method(cfg: DictConfig) -> str:
    """Return whose solutions are shown: the configured explorer's, else Algorithm 1's."""
    return build(cfg.explorer).name if cfg.get("explorer") is not None else EDGE


def agreement(solutions: Solutions, method: str) -> Consensus:
    """Return where one method's feasible solutions agree; all of them where too few are."""
    of_it = solutions.table["method"] == method
    feasible = of_it & solutions.table["feasible"]
    kept = feasible if feasible.sum() > 1 else of_it
    return consensus(solutions.images[torch.from_numpy(kept.to_numpy())])


def walks(
    cfg: DictConfig,
    explorer: Explorer,
    geometry: Geometry,
    shown: dict[str, Float[Tensor, " latent"]],
    stages: Stopwatch,
) -> list[Solutions]:
    """Walk along v^K and d: at the same fixed steps, and as far as images stay feasible."""
    settings, K_all = cfg.exploration, starts(cfg, geometry)
    fixed = {
        EIGENVECTOR: {name: v for name, v in shown.items() if name.startswith("v")},
        EGLASS: {name: d for name, d in shown.items() if name.startswith("d")},
    }
    found = []
    for method, along in fixed.items():
        with stages.time(method):
            found.append(explorer.walk(along, settings.steps, method=method))
    for method, make in {
        EIGENVECTOR_EDGE: lambda: {f"v{K}": geometry.eigenvector(K) for K in K_all},
        EDGE: lambda: directions(cfg, geometry, K_all),
    }.items():
        with stages.time(method):
            edge = explorer.walk_to_the_edge(
                make(),
                max_step=settings.max_step,
                bisections=settings.bisections,
                l2=settings.until_l2,
                lpips=settings.until_lpips,
                method=method,
            )
        found.append(edge)
    return found


def judged(pulse: PulseResult, explorer: Explorer) -> Solutions:
    """Measure PULSE's solutions as all others are measured."""
    return explorer.judge(
        pulse.latents,
        method=PULSE,
        directions=[f"start {i}" for i in range(len(pulse.latents))],
        steps=[math.nan] * len(pulse.latents),
        images=pulse.images,
    )


def weights(nets: Networks) -> dict[str, Any]:
    """Name the weights of both networks."""
    return {
        "generator": asdict(nets.generator.provenance),
        "perceptual": asdict(nets.perceptual.provenance),
    }


class Stopwatch:
    """Seconds by stage, waiting for the device."""

    def __init__(self, device: torch.device):
        self.device = device
        self.seconds: dict[str, float] = {}

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        self.seconds[stage] = time.perf_counter() - began
