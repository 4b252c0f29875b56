"""Inversion in two stages: a search for the latent, then an adaptation of the generator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from eglass.generators.base import Generator
from eglass.inversion.adaptation import ImageAdaptation
from eglass.inversion.minimisation import Minimisation
from eglass.problems import Problem
from eglass.progress import Progress, silent
from eglass.settings import Natural, Positive, settings


@dataclass(frozen=True)
class Inverted:
    """One solution G(z0), with the generator that makes it.

    Attributes:
        latent: z0.
        generator: the one that makes G(z0): after stage 2, the adapted one.
        image: in [-1, 1]; G(z0), or what back-projection made of it.
        l2: of G(z0).
        target: ℓ2 that the search was to reach, the noise's variance included; none if it had none.
        reached: whether it did. The best result is kept either way.
        history: a row a stage, step and start: stage, step, start, l2, seconds.
        seconds: by stage.
    """

    latent: Float[Tensor, " latent"]
    generator: Generator
    image: Float[Tensor, "1 channels height width"]
    l2: float
    target: float | None
    history: pd.DataFrame
    seconds: dict[str, float]

    @property
    def reached(self) -> bool:
        return self.target is None or self.l2 <= self.target


class Stages:
    """Runs the searches of one inversion, one after another; keeps their histories and times.

    Args:
        workdir: where checkpoints of a long run are kept; none keeps none.
        stop_at: ℓ2 at which each of them ends, the noise's share included; none runs the budgets.
        progress: what each of them reports to.
    """

    def __init__(self, workdir: Path | None, stop_at: float | None, progress: Progress = silent):
        self._workdir = workdir
        self.progress = progress
        self.stop_at = stop_at
        self.seconds: dict[str, float] = {}
        self.histories: dict[str, pd.DataFrame] = {}

    def run(self, search: Minimisation, steps: int, name: str) -> None:
        """Minimise under a budget, and note what it took."""
        self.seconds[name] = search.minimise(steps, name, self._workdir, self.progress)
        self.histories[name] = search.history


@settings
class TwoStageInversion(ABC):
    """A search for the latent, then an adaptation of the generator where that was not enough.

    Attributes:
        adaptation_steps: budget of stage 2; 0 leaves the generator as it is.
        adaptation_latent_lr, adaptation_weights_lr: of stage 2.
        stop_at: ℓ2 at which either stage ends; the variance of the problem's noise is added to it.
            "auto" is a tenth of the problem's threshold; none runs the whole budget.
        back_project: replace the final image by x + A⁺(y − A x). Latent exploration starts from
            G(z0) all the same.
    """

    adaptation_steps: Natural = 300
    adaptation_latent_lr: Positive = 1e-4
    adaptation_weights_lr: Positive = 1e-4
    stop_at: Positive | Literal["auto"] | None = "auto"
    back_project: bool = False

    @abstractmethod
    def search(
        self, generator: Generator, problem: Problem, rng: torch.Generator, stages: Stages
    ) -> tuple[Float[Tensor, " latent"], float]:
        """Stage 1: return the best latent, and its ℓ2."""

    def aim(self, problem: Problem) -> float | None:
        """Return the ℓ2 at which either stage ends, the noise's share included; none: nowhere."""
        noise = problem.noise**2
        if self.stop_at == "auto":
            return (problem.threshold - noise) / 10 + noise
        return None if self.stop_at is None else self.stop_at + noise

    def __call__(
        self,
        generator: Generator,
        problem: Problem,
        rng: torch.Generator,
        *,
        workdir: Path | None = None,
        progress: Progress = silent,
    ) -> Inverted:
        """Return one solution of a measurement.

        Args:
            rng: of the random starts.
            workdir: where checkpoints of a long run are kept, and resumed from; none keeps none.
            progress: called now and then, and may end the search by raising.
        """
        stop_at = self.aim(problem)
        stages = Stages(workdir, stop_at, progress)
        latent, l2 = self.search(generator, problem, rng, stages)
        if self.adaptation_steps and not (stop_at is not None and l2 <= stop_at):
            adaptation = ImageAdaptation(
                generator,
                problem,
                latent[None],
                latent_lr=self.adaptation_latent_lr,
                weights_lr=self.adaptation_weights_lr,
                stop_at=stop_at,
            )
            stages.run(adaptation, self.adaptation_steps, "adaptation")
            adaptation.restore_best()
            latent, l2 = adaptation.latent.detach()[0], float(adaptation.best_l2)
            generator = adaptation.generator.requires_grad_(False)

        with torch.no_grad():
            image = generator(latent[None])
            if self.back_project:
                image = problem.back_project(image)
        return Inverted(
            latent,
            generator,
            image,
            l2,
            stop_at,
            pd.concat(stages.histories, names=["stage"]).reset_index(level=0),
            stages.seconds,
        )
