"""PULSE, the baseline: solve again from new starts, on the sphere of each start's norm.

Menon et al., "PULSE: Self-supervised photo upsampling via latent space exploration of generative
models", CVPR 2020; settings and schedule of its official code. Its second term, the cross-geodesic
loss, compares StyleGAN's eighteen latents and vanishes for one.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import torch

from eglass.exploration.explorer import Explorer
from eglass.exploration.solutions import Solutions
from eglass.exploration.start import StartingPoint
from eglass.generators.base import Generator
from eglass.inversion import SphericalSearch
from eglass.problems import Problem
from eglass.progress import Progress, silent
from eglass.records import names
from eglass.records.names import Direction, Method
from eglass.settings import Count, Positive, settings


@settings
class Pulse(Explorer):
    """PULSE for any generator with one latent: as many starts as solutions, as one batch.

    PULSE itself saves nothing of a start that misses eps; here its best is kept, and marked.

    Attributes:
        steps: budget of a start.
        lr: of Adam, before the schedule.
        eps: ℓ2 below which the loss is flat, and above which PULSE calls a start failed.
        stop_at: end the run once every start is at or below this ℓ2; none runs the whole budget.
    """

    method: ClassVar[Method] = names.PULSE
    from_scratch: ClassVar[bool] = True

    steps: Count = 100
    lr: Positive = 0.4
    eps: Positive = 2e-3
    stop_at: Positive | None = None

    def solve(
        self,
        generator: Generator,
        problem: Problem,
        *,
        count: int,
        rng: torch.Generator,
        enough: int | None = None,
        workdir: Path | None = None,
        progress: Progress = silent,
    ) -> SphericalSearch:
        """Return the search from `count` random starts, done: its best latents and their ℓ2.

        Args:
            enough: how many starts must have reached `stop_at` before the run ends; none: all.
            workdir: where the checkpoint of a long run is kept.
        """
        search = SphericalSearch(
            generator,
            problem,
            generator.sample(count, rng),
            lr=self.lr,
            steps=self.steps,
            eps=self.eps,
            stop_at=self.stop_at,
            enough=count if enough is None else enough,
        )
        search.minimise(self.steps, self.method.key, workdir, progress)
        return search

    def __call__(
        self,
        start: StartingPoint,
        *,
        count: int,
        rng: torch.Generator,
        progress: Progress = silent,
        workdir: Path | None = None,
    ) -> Solutions:
        search = self.solve(
            start.prior_generator,
            start.problem,
            count=count,
            rng=rng,
            workdir=workdir,
            progress=progress,
        )
        with torch.no_grad():
            images = start.prior_generator(search.best_latents)
        found = start.measure(
            search.best_latents,
            method=self.method,
            directions=[Direction("start", i) for i in range(1, len(images) + 1)],
            steps=[math.nan] * len(images),
            images=images,
        )
        return replace(found, history=search.history)
