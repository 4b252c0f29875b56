"""One measurement, and explorers asked for solutions of it: what they find, and at what cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn

from eglass.evaluation.diversity import distinct_modes, mean_pairwise
from eglass.evaluation.realism import Realism
from eglass.exploration import Explorer, Solutions, StartingPoint
from eglass.inversion import Inverted
from eglass.perceptual.spread import pairwise
from eglass.pipeline import explore
from eglass.problems import Problem
from eglass.progress import Progress, silent
from eglass.workflows.networks import Networks


@dataclass
class Trial:
    """One measurement, with one starting point for all explorers.

    Attributes:
        start: where they start from.
        realism: what tells how typical an image is.
        apart: perceptual distance between different modes.
        seed: of what explorers draw.
        passes: forward passes of the generator so far; a Jacobian's column counts as one.
        seconds: of inversion, geometry, and every explorer at every threshold.
        kept: solutions of explorers that look at no threshold, and what was measured of them.
    """

    start: StartingPoint
    realism: Realism
    apart: float
    seed: int
    passes: int
    seconds: dict[str, float]
    kept: dict[str, tuple[Solutions, dict[str, float]]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        problem: Problem,
        nets: Networks,
        realism: Realism,
        *,
        apart: float,
        seed: int,
        progress: Progress = silent,
    ) -> Trial:
        """Find the starting point of a measurement."""
        inverting: Counter[str] = Counter()

        def invert(*given: Any, **options: Any) -> Inverted:
            with counted(nets.generator) as made:
                found = nets.inversion(*given, **options)
            inverting.update(made)
            return found

        rng = torch.Generator().manual_seed(seed)
        start = nets.find_start(problem, rng, inversion=invert, progress=progress)
        passes = inverting["images"] + start.geometry.dim
        return cls(start, realism, apart, seed + 1, passes, dict(start.seconds))

    def ask(
        self,
        explorer: Explorer,
        problem: Problem,
        count: int,
        key: str,
        progress: Progress = silent,
    ) -> tuple[Solutions, dict[str, float]]:
        """Return an explorer's solutions, what they cost with all before, and what they are.

        Args:
            problem: the same measurement, with the threshold that counts.
            key: what its time is kept under.
        """
        start = self.start.with_problem(problem)
        if key in self.kept:
            # It looks at no threshold: only which of its solutions are feasible changes.
            solutions, found = self.kept[key]
            feasible = problem.feasible(solutions.l2)
            share = float(feasible.float().mean())
            return replace(solutions, feasible=feasible), found | {"feasible": share}
        rng = torch.Generator().manual_seed(self.seed)
        generator = start.prior_generator if explorer.from_scratch else start.generator
        with counted(generator) as exploring:
            solutions = explore(start, explorer, count=count, rng=rng, progress=progress)
        self.seconds[f"{key}, {problem.threshold:g}"] = solutions.seconds
        cost = {
            "seconds": solutions.seconds,
            "exploring_seconds": solutions.seconds,
            "passes": exploring["images"],
        }
        if not explorer.from_scratch:
            cost["seconds"] += sum(start.seconds.values())
            cost["passes"] += self.passes
        found = cost | self._measures(solutions)
        if explorer.from_scratch:
            self.kept[key] = solutions, found
        return solutions, found

    @torch.no_grad()
    def _measures(self, solutions: Solutions) -> dict[str, float]:
        """Return what is measured of a set of solutions, feasible or not."""
        parts = solutions.images.split(50)
        seen = pairwise(torch.cat([self.start.perceptual.features(part) for part in parts]))
        unrealism, features = self.realism(solutions.images)
        shown = self.start.problem.back_project(solutions.images)
        return {
            "feasible": float(solutions.feasible.float().mean()),
            "l2": float(solutions.l2.mean()),
            "psnr": float(solutions.psnr.mean()),
            "distance": float(solutions.distance.mean()),
            "pairwise": mean_pairwise(seen),
            "pairwise_other": mean_pairwise(pairwise(features)),
            "modes": distinct_modes(seen, self.apart),
            "atypicality": float(solutions.atypicality.abs().mean()),
            "unrealism": float(unrealism.mean()),
            "unrealism_consistent": float(self.realism(shown)[0].mean()),
            "changed": float(self.start.perceptual(solutions.images, shown).mean()),
            "inversion_l2": self.start.inverted.l2,
        }


@contextmanager
def counted(generator: nn.Module) -> Iterator[Counter[str]]:
    """Count the images that a generator makes, and copies that are made of it meanwhile."""
    made: Counter[str] = Counter()

    # A function, for a copy of a generator shares the functions that are hooked to it.
    def count(_: nn.Module, latents: tuple[torch.Tensor, ...], __: torch.Tensor) -> None:
        made["images"] += len(latents[0])

    hook = generator.register_forward_hook(count)
    try:
        yield made
    finally:
        hook.remove()
