"""Several minima of the inversion, each explored a little, and a far-apart subset of it all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from eglass.evaluation.diversity import farthest
from eglass.exploration.start import Explorer, Solutions
from eglass.exploration.explorer import SolutionExplorer, check_positive
from eglass.exploration.straight import TrustRegion
from eglass.geometry import Geometry, explore_geometry
from eglass.inversion import LatentSearch


@dataclass(frozen=True)
class Anchors(SolutionExplorer):
    """Explore around z0 and around other feasible minima; keep those that are far apart.

    Attributes:
        starts: latents of the prior that are searched for other minima.
        steps, lr, prior_weight: of that search.
        anchors: minima to explore around at most, z0 included.
        around: how.
        surplus: solutions proposed for one that is kept.
    """

    name: str = "anchors"
    starts: int = 12
    steps: int = 60
    lr: float = 0.2
    prior_weight: float = 1e-3
    anchors: int = 3
    surplus: float = 2.0
    around: TrustRegion = field(default_factory=lambda: TrustRegion(bisections=6))
    geometry_of: Callable[..., Geometry] = explore_geometry

    def __post_init__(self) -> None:
        check_positive(self, "starts", "steps", "lr", "anchors", "surplus")

    def __call__(
        self, walker: Explorer, geometry: Geometry, *, count: int, rng: torch.Generator
    ) -> Solutions:
        found = self._minima(walker, rng)
        each = -(-int(self.surplus * count) // (1 + len(found)))
        parts = [self.around(walker, geometry, count=max(each, count), rng=rng)]
        for z in found:
            there = Explorer(walker.generator, walker.problem, walker.perceptual, z)
            around = self.geometry_of(walker.generator, walker.problem, walker.perceptual, z)
            parts.append(self.around(there, around, count=each, rng=rng))
        proposed = Solutions.join(parts)
        # Proposed from several places; LPIPS is measured from one.
        sources = [f"anchor {i}" for i, part in enumerate(parts) for _ in range(len(part.table))]
        kept = self._far_apart(walker, proposed, count)
        return walker.judge(
            proposed.latents[kept],
            method=self.name,
            directions=[f"{sources[i]}, {proposed.table['direction'][i]}" for i in kept],
            steps=[proposed.table["step"][i] for i in kept],
            images=proposed.images[kept],
        )

    def _minima(self, walker: Explorer, rng: torch.Generator) -> Float[Tensor, "anchor latent"]:
        """Return feasible latents that a multi-start search ends in, the best first."""
        search = LatentSearch(
            walker.generator,
            walker.problem,
            walker.generator.sample(self.starts, rng),
            lr=self.lr,
            prior_weight=self.prior_weight,
            stop_at=walker.problem.threshold / 3,
            enough=self.anchors - 1,
        )
        search.minimise(self.steps, "anchors")
        order = search.best_l2.argsort()
        order = order[walker.problem.feasible(search.best_l2[order])]
        return search.best_latents[order[: self.anchors - 1]]

    def _far_apart(self, walker: Explorer, proposed: Solutions, count: int) -> list[int]:
        feasible = proposed.table["feasible"].to_numpy().nonzero()[0]
        if len(feasible) < count:
            rest = pd.Index(range(len(proposed.table))).difference(feasible)
            return [*feasible, *rest][:count]
        with torch.no_grad():
            features = walker.perceptual.features(proposed.images[feasible])
        return [int(feasible[i]) for i in farthest(features, count)]
