"""Image-adaptive inversion: first the latent, then the latent and the generator together.

Abu Hussein, Tirer, Giryes, "Image-adaptive GAN based reconstruction", AAAI 2020.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor, nn

from eglass.errors import InputError
from eglass.generators.base import Generator
from eglass.inversion.minimisation import Minimisation
from eglass.inversion.latent import LatentSearch
from eglass.problems import Problem


class ImageAdaptation(Minimisation):
    """Stage 2: Adam on one latent and on this target's own copy of the generator's weights."""

    best_l2: Tensor

    def __init__(
        self,
        generator: Generator,
        problem: Problem,
        latent: Float[Tensor, "1 latent"],
        *,
        latent_lr: float,
        weights_lr: float,
        stop_at: float | None = None,
    ):
        super().__init__(problem, stop_at=stop_at)
        self.latent_lr = latent_lr
        self.weights_lr = weights_lr
        self.latent = nn.Parameter(latent.clone())
        self.generator = copy.deepcopy(generator).requires_grad_(True)
        self.register_buffer("best_l2", latent.new_full((1,), torch.inf))
        self._best: dict[str, Tensor] = {}

    def images(self) -> Float[Tensor, "1 3 height width"]:
        return self.generator(self.latent)

    def keep_best(self, l2: Float[Tensor, " 1"]) -> Float[Tensor, " 1"]:
        if l2 < self.best_l2:
            self.best_l2 = l2
            self._best = {name: value.detach().clone() for name, value in self.named_parameters()}
        return self.best_l2

    def restore_best(self) -> None:
        """Go back to the parameters of the lowest ℓ2."""
        for name, parameter in self.named_parameters():
            parameter.data.copy_(self._best[name])

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        super().on_save_checkpoint(checkpoint)
        checkpoint["best"] = self._best

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        super().on_load_checkpoint(checkpoint)
        self._best = checkpoint["best"]

    def configure_optimizers(self) -> Any:
        return torch.optim.Adam(
            [
                {"params": [self.latent], "lr": self.latent_lr},
                {"params": self.generator.parameters(), "lr": self.weights_lr},
            ]
        )


@dataclass(frozen=True)
class Inversion:
    """One solution G(z0), with the generator that makes it.

    `reached` says whether ℓ2 met the target that was set; the best result is kept either way.
    `history` has stage, step, start, l2; `seconds` one entry for each stage.
    """

    latent: Float[Tensor, " latent"]
    generator: Generator
    image: Float[Tensor, "1 3 height width"]
    l2: float
    reached: bool
    history: pd.DataFrame
    seconds: dict[str, float]


class Stages:
    """Runs the searches of one inversion, one after another; keeps their histories and times.

    Args:
        workdir: where checkpoints of a long run are kept; none keeps none.
        stop_at: ℓ2 at which each of them ends, the noise's share included; none runs the budgets.
    """

    def __init__(self, workdir: Path | None, stop_at: float | None):
        self._workdir = workdir
        self.stop_at = stop_at
        self.seconds: dict[str, float] = {}
        self.histories: dict[str, pd.DataFrame] = {}

    def run(self, search: Minimisation, steps: int, name: str) -> None:
        """Minimise under a budget, and note what it took."""
        self.seconds[name] = search.minimise(steps, name, self._workdir)
        self.histories[name] = search.history


@dataclass(frozen=True, kw_only=True)
class AdaptiveInversion(ABC):
    """A search for the latent, then an adaptation of the generator where that was not enough.

    Attributes:
        adaptation_steps: budget of stage 2; 0 leaves the generator as it is.
        adaptation_latent_lr, adaptation_weights_lr: of stage 2.
        stop_at: ℓ2 at which either stage ends, having found what it was asked for, besides the
            variance of the problem's noise, which is not to be fitted; none runs the whole budget.
        back_project: replace the final image by x + A⁺(y − A x). Latent exploration starts from
            G(z0) all the same.

    Raises:
        InputError: a setting is out of range.
    """

    adaptation_steps: int = 300
    adaptation_latent_lr: float = 1e-4
    adaptation_weights_lr: float = 1e-3
    stop_at: float | None = None
    back_project: bool = False

    @abstractmethod
    def search(
        self, generator: Generator, problem: Problem, rng: torch.Generator, stages: Stages
    ) -> tuple[Float[Tensor, " latent"], float]:
        """Stage 1: return the best latent, and its ℓ2."""

    def __post_init__(self) -> None:
        self._check("more than 0", "adaptation_latent_lr", "adaptation_weights_lr")
        self._check("0 or more", "adaptation_steps")
        if self.stop_at is not None and not self.stop_at > 0:
            raise InputError(f"inversion's stop_at is {self.stop_at}: expected more than 0 or null")

    def _check(self, expected: Literal["more than 0", "0 or more"], *names: str) -> None:
        for name in names:
            value = getattr(self, name)
            if value < 0 or (value == 0 and expected == "more than 0"):
                raise InputError(f"inversion's {name} is {value}: expected {expected}")

    def __call__(
        self,
        generator: Generator,
        problem: Problem,
        rng: torch.Generator,
        workdir: Path | None = None,
    ) -> Inversion:
        """Invert one measurement; `workdir` holds the checkpoints of a long run."""
        stop_at = None if self.stop_at is None else self.stop_at + problem.noise**2
        stages = Stages(workdir, stop_at)
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
        return Inversion(
            latent,
            generator,
            image,
            l2,
            stop_at is None or l2 <= stop_at,
            pd.concat(stages.histories, names=["stage"]).reset_index(level=0),
            stages.seconds,
        )


@dataclass(frozen=True, kw_only=True)
class ImageAdaptiveInversion(AdaptiveInversion):
    """Both stages by Adam, with the settings of the official code as defaults.

    Attributes:
        scouts: random latents that are tried for `scout_steps` before stage 1, which then goes on
            from the best of them; 0 leaves this out, as the official code does.
        scout_steps: budget of the scouts.
        starts: latents of stage 1, searched as one batch; the best goes on.
        steps: budget of stage 1.
        lr: of stage 1.
        prior_weight: λ of stage 1's λ‖z‖²/d, which keeps latents typical; 0 in the official code.

    Raises:
        InputError: a setting is out of range.
    """

    scouts: int = 0
    scout_steps: int = 40
    starts: int = 5
    steps: int = 1800
    lr: float = 0.1
    prior_weight: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("more than 0", "scout_steps", "starts", "steps", "lr")
        self._check("0 or more", "scouts", "prior_weight")

    def search(
        self, generator: Generator, problem: Problem, rng: torch.Generator, stages: Stages
    ) -> tuple[Float[Tensor, " latent"], float]:
        """Stage 1: Adam from several starts as one batch."""

        def adam(name: str, starts: Tensor, steps: int) -> LatentSearch:
            search = LatentSearch(
                generator,
                problem,
                starts,
                lr=self.lr,
                prior_weight=self.prior_weight,
                stop_at=stages.stop_at,
            )
            stages.run(search, steps, name)
            return search

        starts = generator.sample(self.scouts or self.starts, rng)
        if self.scouts:
            scouting = adam("scouting", starts, self.scout_steps)
            starts = scouting.best_latents[scouting.best_l2.argsort()[: self.starts]]
        found = adam("latent", starts, self.steps)
        best = found.best_l2.argmin()
        return found.best_latents[best], float(found.best_l2[best])
