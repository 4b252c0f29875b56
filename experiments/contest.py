"""One measurement, and explorers asked for solutions of it: what they find, and at what cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from omegaconf import DictConfig
from torch import nn

from eglass.evaluation.diversity import Realism, distinct_modes, mean_pairwise, pairwise
from eglass.exploration.start import Explorer, Solutions
from eglass.exploration import SolutionExplorer
from eglass.geometry import Geometry
from eglass.inversion import Inversion
from eglass.problems import Problem
from experiments.building import Networks, build
from experiments.exploration import Stopwatch


@dataclass
class Contest:
    """One measurement, inverted once for all explorers that begin at its solution.

    Attributes:
        apart: LPIPS between different modes.
        seed: of what explorers draw.
        passes: images that the inversion made, and a column of a Jacobian each dimension.
        anew: what explorers that know of no threshold came to, and all that is said of it.
    """

    nets: Networks
    realism: Realism
    found: Inversion
    geometry: Geometry
    apart: float
    seed: int
    stages: Stopwatch
    passes: int
    anew: dict[str, tuple[Solutions, dict[str, float]]] = field(default_factory=dict)

    @classmethod
    def of(cls, cfg: DictConfig, problem: Problem, nets: Networks, realism: Realism) -> Contest:
        """Invert a measurement, and compute the geometry there."""
        stages = Stopwatch(nets.device)
        with counted(nets.generator) as inverting, stages.time("inversion"):
            rng = torch.Generator().manual_seed(cfg.seed)
            found = nets.invert(nets.generator, problem, rng)
        with stages.time("geometry"):
            geometry = build(cfg.geometry)(found.generator, problem, nets.perceptual, found.latent)
        passes = inverting["images"] + geometry.rank
        apart, seed = cfg.compare.modes_apart, cfg.seed + 1
        return cls(nets, realism, found, geometry, apart, seed, stages, passes)

    def ask(
        self, explore: SolutionExplorer, problem: Problem, count: int, key: str
    ) -> tuple[Solutions, dict[str, float]]:
        """Ask an explorer for solutions; return them, and what they cost with all before, and are.

        Args:
            key: what its time is kept under.
        """
        generator = self.nets.generator if explore.from_scratch else self.found.generator
        walker = Explorer(generator, problem, self.nets.perceptual, self.found.latent)
        if key in self.anew:
            # It knows of no threshold: only which of its solutions are feasible changes.
            solutions, found = self.anew[key]
            columns = solutions.table.to_dict("list")
            solutions = walker.judge(
                solutions.latents,
                method=explore.name,
                directions=columns["direction"],
                steps=columns["step"],
            )
            return solutions, found | {"feasible": solutions.table["feasible"].mean()}
        label = f"{key}, {problem.threshold:g}"
        rng = torch.Generator().manual_seed(self.seed)
        with counted(generator) as exploring, self.stages.time(label):
            solutions = explore(walker, self.geometry, count=count, rng=rng)
        seconds, passes = self.stages.seconds[label], exploring["images"]
        cost = {"seconds": seconds, "exploring_seconds": seconds, "passes": passes}
        if not explore.from_scratch:
            cost["seconds"] += self.stages.seconds["inversion"] + self.stages.seconds["geometry"]
            cost["passes"] += self.passes
        found = cost | self._measures(solutions)
        if explore.from_scratch:
            self.anew[key] = solutions, found
        return solutions, found

    @torch.no_grad()
    def _measures(self, solutions: Solutions) -> dict[str, float]:
        """Return what is said of a set of solutions, feasible or not."""
        parts = solutions.images.split(50)
        seen = pairwise(torch.cat([self.nets.perceptual.features(part) for part in parts]))
        unrealism, features = self.realism(solutions.images)
        return {
            "feasible": solutions.table["feasible"].mean(),
            "l2": solutions.table["l2"].mean(),
            "lpips": solutions.table["lpips"].mean(),
            "pairwise": mean_pairwise(seen),
            "pairwise_other": mean_pairwise(pairwise(features)),
            "modes": distinct_modes(seen, self.apart),
            "atypicality": solutions.table["atypicality"].abs().mean(),
            "unrealism": float(unrealism.mean()),
            "inversion_l2": self.found.l2,
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
