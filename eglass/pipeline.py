"""The way from a measurement to its solutions, and what of it is kept.

    problem ──inversion──▶ z0 ──geometry──▶ starting point ──any explorer──▶ solutions ──▶ record

Nothing here knows of a configuration, of Weights & Biases, or where a record is kept.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import torch

from eglass.errors import InputError
from eglass.exploration import (
    Algorithm1,
    Eigenvectors,
    Solutions,
    StartingPoint,
    along_eigenvectors,
    walk,
)
from eglass.exploration.paths import PathName
from eglass.exploration.walks import Directions
from eglass.generators import Generator
from eglass.geometry import ExactGeometry, correlations
from eglass.inversion import ImageAdaptiveInversion, Inverted
from eglass.perceptual import PerceptualMetric
from eglass.problems import Problem
from eglass.progress import Progress, silent
from eglass.records import names
from eglass.records.names import Direction, Method


def find_start(
    problem: Problem,
    generator: Generator,
    perceptual: PerceptualMetric,
    *,
    inversion: Callable[..., Inverted] | None = None,
    geometry: ExactGeometry | None = None,
    rng: torch.Generator,
    progress: Progress = silent,
    workdir: str | Path | None = None,
) -> StartingPoint:
    """Return one solution of a measurement, and the geometry around it.

    Args:
        problem: the measurement.
        generator: what makes images of latents; it is not changed.
        perceptual: the metric of what is seen.
        inversion: how the first solution is searched for; none is `ImageAdaptiveInversion()`.
        geometry: how both metrics are computed; none is `ExactGeometry()`.
        rng: of the random starts.
        progress: called now and then; what it raises ends the computation.
        workdir: where checkpoints of a long search are kept, and resumed from; none keeps none.

    Raises:
        InputError: memory does not suffice for a single latent direction.
    """
    invert = inversion or ImageAdaptiveInversion()
    metrics = geometry or ExactGeometry()
    clock = Stopwatch(problem.device)
    with clock.time("inversion"):
        inverted = invert(
            generator,
            problem,
            rng,
            workdir=None if workdir is None else Path(workdir),
            progress=progress,
        )
    # A resumed search also counts the time of the processes that were interrupted.
    clock.seconds["inversion"] = max(clock.seconds["inversion"], sum(inverted.seconds.values()))
    with clock.time("geometry"):
        found = metrics(inverted.generator, problem, perceptual, inverted.latent, progress=progress)
    return StartingPoint(
        problem,
        perceptual,
        generator,
        inverted,
        inverted.latent,
        found,
        metrics,
        clock.seconds,
    )


#: How many times the ℓ2 that an inversion reached a stricter threshold is at least: where it is
#: less, no step leads anywhere.
ROOM = 3


def stricter(start: StartingPoint, threshold: float | None) -> StartingPoint:
    """Return the start with a stricter threshold, where the inversion came near enough for it.

    Args:
        threshold: on ℓ2, of a noiseless image: the stricter one. It becomes three times the ℓ2
            that the inversion reached where that is more, and never more than the problem's own;
            none keeps that.

    Raises:
        InputError: G(z0) does not explain the measurement itself.
    """
    problem, noise = start.problem, start.problem.noise**2
    own, reached = problem.threshold - noise, start.inverted.l2 - noise
    if start.inverted.l2 > problem.threshold:
        raise InputError(
            f"the inversion ended at ℓ2 = {start.inverted.l2:.1e}, above the threshold of "
            f"{problem.threshold:.1e}: there is no solution to start from; expected a threshold "
            "that it can reach (problem.threshold), more of its steps "
            "(inversion.adaptation_steps), or an image nearer to what the generator makes"
        )
    if threshold is None:
        return start
    return start.with_problem(problem.with_threshold(min(own, max(threshold, ROOM * reached))))


def explore(
    start: StartingPoint,
    explorer: Callable[..., Solutions],
    *,
    count: int = 10,
    consistent: bool = False,
    rng: torch.Generator,
    progress: Progress = silent,
) -> Solutions:
    """Return an explorer's solutions, and the seconds that they took.

    A notebook shows them; `.save(folder)` writes them as pictures and a table.

    Args:
        start: what `find_start` returned; any number of explorers may use one.
        explorer: an `Explorer`, such as `Algorithm1()`.
        count: how many solutions, 1 or more.
        consistent: bring every image onto the measurement, as near as its noise allows.
        rng: of what the explorer draws, if it draws.
        progress: called now and then; what it raises ends the exploration.

    Raises:
        InputError: no solution is asked for, or the geometry does not have what a setting of the
            explorer asks for.
    """
    if count < 1:
        raise InputError(f"{count} solutions are asked for: expected 1 or more")
    clock = Stopwatch(start.problem.device)
    with clock.time("exploration"):
        found = explorer(start, count=count, rng=rng, progress=progress)
        if consistent:
            found = start.consistent(found)
    shown = start.prior_generator.shown
    return replace(found, seconds=clock.seconds["exploration"], shown=shown)


@dataclass(frozen=True)
class Strip:
    """Solutions at fine steps, and the direction whose images are kept."""

    solutions: Solutions
    shown: Direction


def strip_along(
    start: StartingPoint,
    along: Directions,
    steps: Sequence[float],
    *,
    path: PathName = "straight",
) -> Strip:
    """Return solutions at fine steps along v^K and d, or d alone; pictures go along the first d.

    Raises:
        InputError: there is no step, or one is zero or not finite.
    """
    shown = next(direction for direction in along if direction.kind == "d")
    found = walk(start, along, steps, path=path, method=Method("strip", "strip"))
    return Strip(found, shown)


@dataclass(frozen=True)
class PaperWalks:
    """Solutions along v^K and d for Figs. 2 and 3, and the correlations of Fig. 1.

    Attributes:
        sets: along v^K and along d at fixed steps (Figs. 2 and 3), then along v^K as far as images
            stay feasible.
        correlations: of v^K and d with both bases (Fig. 1).
        along: v^K and d for the K that figures show.
    """

    sets: list[Solutions]
    correlations: pd.DataFrame
    along: Directions


def walk_as_the_paper(
    start: StartingPoint,
    algorithm1: Algorithm1,
    *,
    K: Sequence[int],
    steps: Sequence[float],
    count: int,
) -> PaperWalks:
    """Walk along v^K and along d at the same steps, and along v^K to the edge of feasibility.

    Args:
        algorithm1: whose settings all of them share.
        K: starting eigenvectors that figures show, counted from 1.
        steps: η of Figs. 2 and 3.
        count: how many solutions v^K is asked for: from the K that Algorithm 1 starts from then.

    Raises:
        InputError: the geometry has no such eigenvector, or a step is zero or not finite.
    """
    geometry = start.geometry
    v, d = along_eigenvectors(geometry, K), algorithm1.directions(geometry, K)
    clock = Stopwatch(start.problem.device)
    sets = []
    for method, along in ((names.EIGENVECTORS_STEPS, v), (names.ALGORITHM1_STEPS, d)):
        with clock.time(method.key):
            found = walk(start, along, steps, method=method)
        sets.append(replace(found, seconds=clock.seconds[method.key]))
    plain = Eigenvectors(
        K=algorithm1.starts(geometry, count),
        max_step=algorithm1.max_step,
        bisections=algorithm1.bisections,
        path=algorithm1.path,
        until_l2=algorithm1.until_l2,
        until_distance=algorithm1.until_distance,
    )
    sets.append(explore(start, plain, count=count, rng=torch.Generator()))
    both = {**v, **d}
    return PaperWalks(sets, correlations(geometry, both), both)


def in_words(device: torch.device) -> str:
    """Return what a device is, for a record: its kind, its name, and how many threads it has."""
    cuda = device.type == "cuda"
    name = torch.cuda.get_device_name(device) if cuda else platform.machine()
    threads = torch.get_num_threads()
    return f"{device.type} ({name}, {threads} thread{'s' if threads > 1 else ''})"


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
