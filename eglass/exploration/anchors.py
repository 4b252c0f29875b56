"""Explore around several minima of the inversion; keep the solutions that differ most."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import ClassVar

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from eglass.errors import settings_of
from eglass.exploration.explorer import Explorer
from eglass.exploration.solutions import Solutions
from eglass.exploration.start import StartingPoint
from eglass.exploration.trust_region import TrustRegion
from eglass.inversion import LatentSearch
from eglass.perceptual.spread import farthest
from eglass.progress import Progress, silent
from eglass.records.names import Method
from eglass.settings import Count, NotNegative, Positive, settings


@settings
class Anchors(Explorer):
    """Explore around z0 and around other feasible minima; keep those that are far apart.

    Attributes:
        starts: latents of the prior that are searched for other minima.
        steps, lr, prior_weight: of that search.
        anchors: minima to explore around at most, z0 included.
        around: the explorer that is run from each minimum.
        surplus: how many times as many solutions are proposed as are kept.
    """

    method: ClassVar[Method] = Method("anchors", "anchors")

    starts: Count = 12
    steps: Count = 60
    lr: Positive = 0.2
    prior_weight: NotNegative = 1e-3
    anchors: Count = 3
    surplus: Positive = 2.0
    around: Explorer = Field(default_factory=lambda: TrustRegion(bisections=6))

    def check(self, dim: int) -> None:
        with settings_of("around"):
            self.around.check(dim)

    def __call__(
        self,
        start: StartingPoint,
        *,
        count: int,
        rng: torch.Generator,
        progress: Progress = silent,
    ) -> Solutions:
        minima = self._minima(start, rng, progress)
        each = math.ceil(self.surplus * count / (1 + len(minima)))
        parts = [self.around(start, count=max(each, count), rng=rng, progress=progress)]
        for z in minima:
            moved = start.moved_to(z, progress=progress)
            parts.append(self.around(moved, count=each, rng=rng, progress=progress))
        latents, images = (
            torch.cat([getattr(part, name) for part in parts]) for name in ("latents", "images")
        )
        kept = self._far_apart(start, images, torch.cat([part.feasible for part in parts]), count)
        directions = [
            replace(direction, anchor=i)
            for i, part in enumerate(parts, start=1)
            for direction in part.directions
        ]
        steps = [step for part in parts for step in part.steps]
        # Proposed from several places; distances are measured from one.
        return start.measure(
            latents[kept],
            method=self.method,
            directions=[directions[i] for i in kept],
            steps=[steps[i] for i in kept],
            images=images[kept],
        )

    def _minima(
        self, start: StartingPoint, rng: torch.Generator, progress: Progress
    ) -> Float[Tensor, "anchor latent"]:
        """Return feasible latents that a multi-start search ends in, the best first."""
        search = LatentSearch(
            start.generator,
            start.problem,
            start.generator.sample(self.starts, rng),
            lr=self.lr,
            prior_weight=self.prior_weight,
            stop_at=start.problem.threshold / 3,
            enough=self.anchors - 1,
        )
        search.minimise(self.steps, "anchors", progress=progress)
        order = search.best_l2.argsort()
        order = order[start.problem.feasible(search.best_l2[order])]
        return search.best_latents[order[: self.anchors - 1]]

    def _far_apart(
        self,
        start: StartingPoint,
        images: Float[Tensor, "all channels height width"],
        feasible: Tensor,
        count: int,
    ) -> list[int]:
        good, rest = (which.nonzero().flatten().tolist() for which in (feasible, ~feasible))
        if len(good) < count:
            return [*good, *rest][:count]
        with torch.no_grad():
            features = start.perceptual.features(images[good])
        return [good[i] for i in farthest(features, count)]
