"""One measurement of one target, explored by every method, into a record: once, and resumed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig
from torch import Tensor

from eglass import pipeline
from eglass.configuration.build import build
from eglass.errors import settings_of
from eglass.evaluation.verdict import Verdict
from eglass.exploration import Algorithm1, Explorer, Solutions, StartingPoint
from eglass.exploration.eigenvectors import check_K
from eglass.pipeline import PaperWalks, Strip, strip_along, walk_as_the_paper
from eglass.progress import Progress, silent
from eglass.recording import exploration_record, weights
from eglass.records import Origin, Record
from eglass.records.code import RECORDING
from eglass.workflows.networks import Networks
from eglass.workflows.photographs import Measured, measure
from eglass.workflows.recorded import configuration, folder
from eglass.workflows.targets import Target, kind
from eglass.workflows.verdicts import judged
from eglass.workflows.work import Work, done, workdir


@dataclass(frozen=True)
class Begun:
    """Where the explorers of a task start.

    Attributes:
        start: the first solution, and the geometry around it.
        drawn: state of the random numbers there: explorers draw on.
    """

    start: StartingPoint
    drawn: Tensor


@dataclass(frozen=True)
class Solved:
    """What a task found from its start.

    Attributes:
        sets: of solutions, in the order that tables have them.
        walks: the paper's, where they are asked for; their sets are among the others.
    """

    sets: list[Solutions]
    walks: PaperWalks | None


@dataclass(frozen=True)
class Task:
    """One target under one problem, as configured.

    Attributes:
        cfg: the whole configuration.
        problem: the problem's section of it.
        target: what is measured.
        networks: what computes.
        place: where its record is kept; none is the folder of its problem and target.
    """

    cfg: DictConfig
    problem: DictConfig
    target: Target
    networks: Networks
    place: Path | None = None

    @cached_property
    def measured(self) -> Measured:
        """The target and its measurement, loaded and checked once."""
        return measure(self.problem, self.target, self.networks.generator, self.cfg.seed)

    @cached_property
    def explorer(self) -> Explorer:
        """The explorer whose solutions are shown."""
        return build(self.cfg.explorer)

    @property
    def about(self) -> dict[str, Any]:
        """What a record says of the problem and of the target."""
        return {
            "problem": {
                "name": self.problem.name,
                "title": self.problem.title,
                "given_threshold": self.measured.problem.threshold,
            },
            "target": {
                "name": self.target["name"],
                "kind": kind(self.target),
                "enlargement": self.measured.enlargement,
                **self._framed,
            },
        }

    @property
    def _framed(self) -> dict[str, Any]:
        """What of a photograph was looked at, and what decided it."""
        frame = self.measured.frame
        if frame is None:
            return {}
        return {"crop": list(frame.crop), "framed": frame.by, "faces": frame.faces}

    def origin(self, config: Mapping[str, Any], *modules: str) -> Origin:
        """Return the origin of what these networks make with some settings.

        Args:
            modules: that compute it, besides the pipeline.
        """
        networks = weights(self.networks.generator, self.networks.perceptual)
        return Origin.of(config, networks, (RECORDING, *modules))

    def check(self) -> None:
        """Try every setting and the target before anything long is computed.

        Raises:
            InputError: one of them cannot be used.
        """
        dim = self.networks.generator.latent_dim
        with settings_of("explorer"):
            self.explorer.check(dim)
        with settings_of("problem"):
            check_K(self.problem.shown_K, dim, "shown_K")
        self.measured  # noqa: B018  a property that loads and checks

    def explore(self, progress: Progress = silent) -> Record:
        """Return the record of this exploration: read back if there is one, else computed.

        Raises:
            InputError: a setting or the target cannot be used.
        """
        (record,) = done(self.cfg, [self.work(progress)], "explorations")
        return record

    def work(self, progress: Progress = silent) -> Work:
        """Return this exploration as something that is to be done, or is done already."""
        place = self.place or folder(self.cfg, self.problem, self.target)
        origin = self.origin(configuration(self.cfg, self.problem, self.target))
        name = f"{self.problem.name}, {self.target['name']}"
        return Work(name, place, origin, lambda: self._compute(place, origin, progress))

    def _compute(self, place: Path, origin: Origin, progress: Progress) -> Record:
        checkpoints = workdir(self.cfg, origin)
        begun = self.begin(progress, checkpoints)
        verdict = self.judge(progress)
        solved = self.solve(begun, progress, checkpoints)
        record = self.record(begun, solved, verdict, origin)
        record.save(place)
        shutil.rmtree(checkpoints, ignore_errors=True)
        # As it is read back later: a table's single precision does not survive CSV to the bit.
        return Record.load(place)

    def begin(self, progress: Progress = silent, workdir: Path | None = None) -> Begun:
        """Return the first solution, and the geometry around it.

        Args:
            progress: called now and then; what it raises ends the computation.
            workdir: where checkpoints of a long search are kept, and resumed from; none keeps none.

        Raises:
            InputError: no solution is found for a stricter threshold.
        """
        rng = torch.Generator().manual_seed(self.cfg.seed)
        start = self.networks.find_start(
            self.measured.problem, rng, workdir=workdir, progress=progress
        )
        if "strict" in self.cfg:
            start = pipeline.stricter(start, self.cfg.strict)
        return Begun(start, rng.get_state())

    def judge(self, progress: Progress = silent) -> Verdict | None:
        """Return whether the generator makes such pictures; none where it is not asked."""
        return judged(self.cfg, self.problem, self.networks, self.measured, progress=progress)

    def solve(
        self, begun: Begun, progress: Progress = silent, workdir: Path | None = None
    ) -> Solved:
        """Return all sets of solutions: the paper's walks and PULSE where they are asked for, and
        the explorer's.

        Args:
            begun: as `begin` returns it, for this target, problem and generator.
            progress, workdir: as for `begin`.
        """
        rng = torch.Generator()
        rng.set_state(begun.drawn)
        start, count, walks = begun.start, self.cfg.count, self._walks(begun.start)
        consistent = self.cfg.get("consistent", False)
        ask = partial(
            pipeline.explore,
            start,
            count=count,
            consistent=consistent,
            rng=rng,
            progress=progress,
        )
        found = [*(walks.sets if walks else []), ask(self.explorer)]
        if self.cfg.baseline is not None:
            again: Callable[..., Solutions] = partial(build(self.cfg.baseline), workdir=workdir)
            found.insert(0, ask(again))
        return Solved(found, walks)

    def record(
        self, begun: Begun, solved: Solved, verdict: Verdict | None, origin: Origin
    ) -> Record:
        """Return all that is kept of this exploration; it is not saved.

        Args:
            begun, solved, verdict: as `begin`, `solve` and `judge` return them.
            origin: of the record.
        """
        start, walks = begun.start, solved.walks
        return exploration_record(
            start,
            solved.sets,
            shown=self.explorer,
            about=self.about | {"seed": self.cfg.seed} | origin.meta,
            target=self.measured.image,
            strip=self._strip(start, walks),
            correlation=walks.correlations if walks else None,
            fresh_spread=self.networks.fresh_spread,
            verdict=verdict,
        )

    def _walks(self, start: StartingPoint) -> PaperWalks | None:
        """Return what the paper walks beside Algorithm 1, where that is asked for."""
        steps = self.cfg.walks.steps
        if steps is None or not isinstance(self.explorer, Algorithm1):
            return None
        return walk_as_the_paper(
            start, self.explorer, K=self.problem.shown_K, steps=steps, count=self.cfg.count
        )

    def _strip(self, start: StartingPoint, walks: PaperWalks | None) -> Strip | None:
        """Return finer steps along v^K and d, or along Algorithm 1's first d alone."""
        steps = self.cfg.walks.strip
        if steps is None or not isinstance(self.explorer, Algorithm1):
            return None
        if walks is not None:
            return strip_along(start, walks.along, steps, path=self.explorer.path)
        K = self.explorer.starts(start.geometry, 1)
        along = self.explorer.directions(start.geometry, K)
        return strip_along(start, along, steps, path=self.explorer.path)
