"""A fast inversion: quasi-Newton search from the nearest latents of a bank."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.parametrize import register_parametrization

from eglass.errors import InputError
from eglass.generators.base import Generator
from eglass.inversion.bank import LatentBank
from eglass.inversion.image_adaptive import AdaptiveInversion, Stages
from eglass.inversion.latent import LatentSearch
from eglass.problems import Problem

#: Iterations of L-BFGS in one step of the trainer, between which its progress is shown.
ITERATIONS = 10

#: What is added to a metric before it is inverted, a share of its largest eigenvalue.
DAMPING = 0.1


class Coordinates(nn.Module):
    """Coordinates c of latents, z = P c with P = (H + μ)^−½, in which a metric H is nearly even.

    Args:
        metric: H, positive semi-definite, and not zero.
    """

    P: Tensor
    inverse: Tensor

    def __init__(self, metric: Float[Tensor, "latent latent"]):
        super().__init__()
        stretch, axes = torch.linalg.eigh(metric)
        root = (stretch.clamp(min=0) + DAMPING * stretch[-1]).sqrt()
        self.register_buffer("P", axes / root @ axes.T)
        self.register_buffer("inverse", axes * root @ axes.T)

    def forward(self, coordinates: Float[Tensor, "start latent"]) -> Float[Tensor, "start latent"]:
        return coordinates @ self.P

    def right_inverse(
        self, latents: Float[Tensor, "start latent"]
    ) -> Float[Tensor, "start latent"]:
        return latents @ self.inverse


class QuasiNewtonSearch(LatentSearch):
    """L-BFGS with a strong Wolfe line search, on one latent.

    Nocedal, Wright, "Numerical optimization", 2006, algorithms 7.5 and 3.5, as PyTorch has them.
    A row of the history is an evaluation of the objective.

    Args:
        metric: of the latents, near H_Y; none is that of the latents themselves.
    """

    def __init__(
        self, *args: Any, metric: Float[Tensor, "latent latent"] | None = None, **settings: Any
    ):
        super().__init__(*args, **settings)
        if metric is not None:
            register_parametrization(self, "latents", Coordinates(metric))

    def objective(self, l2: Float[Tensor, " start"]) -> Float[Tensor, ""]:
        if self.stop_at is None:
            return super().objective(l2)
        # Flat once its target is reached, where L-BFGS then ends by itself.
        return torch.where(l2 <= self.stop_at, self.stop_at, super().objective(l2)).sum()

    def configure_optimizers(self) -> Any:
        return torch.optim.LBFGS(
            self.parameters(),
            max_iter=ITERATIONS,
            history_size=20,
            line_search_fn="strong_wolfe",
            tolerance_change=0.0,
        )


@dataclass(frozen=True, kw_only=True)
class WarmInversion(AdaptiveInversion):
    """Stage 1 by L-BFGS from the nearest latents of a bank, one after another until one will do.

    The bank is measured once for each operator, at a forward pass for each latent: this pays for
    itself over several measurements.

    Attributes:
        bank: latents in the bank.
        seed: of the bank.
        starts: how many of the nearest are tried at most.
        steps: iterations for each.
        prior_weight: λ of stage 1's λ‖z‖²/d, which keeps latents typical.
        regression: correct the starts by a regression of latents on measurements, over the bank,
            and search in the metric of one the other way around.

    Raises:
        InputError: a setting is out of range.
    """

    bank: int = 2000
    seed: int = 0
    starts: int = 4
    steps: int = 60
    prior_weight: float = 1e-3
    regression: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("more than 0", "bank", "starts", "steps")
        self._check("0 or more", "prior_weight")
        if self.regression and self.bank < 2:
            raise InputError(f"inversion's bank is {self.bank}: a regression takes 2 or more")

    @cached_property
    def known(self) -> LatentBank:
        """The bank, kept from one measurement to the next."""
        return LatentBank(self.bank, self.seed)

    def search(
        self, generator: Generator, problem: Problem, rng: torch.Generator, stages: Stages
    ) -> tuple[Float[Tensor, " latent"], float]:
        """Stage 1: L-BFGS from one latent after another."""
        began = time.perf_counter()
        starts = self.known.nearest(generator, problem, self.starts, corrected=self.regression)
        metric = self.known.measured(generator, problem).metric if self.regression else None
        stages.seconds["bank"] = time.perf_counter() - began
        found: list[tuple[float, Tensor]] = []
        for i, start in enumerate(starts):
            search = QuasiNewtonSearch(
                generator,
                problem,
                start[None],
                lr=1.0,
                prior_weight=self.prior_weight,
                stop_at=stages.stop_at,
                metric=metric,
            )
            stages.run(search, math.ceil(self.steps / ITERATIONS), f"start {i + 1}")
            found.append((float(search.best_l2), search.best_latents[0]))
            if stages.stop_at is not None and found[-1][0] <= stages.stop_at:
                break
        l2, latent = min(found, key=lambda pair: pair[0])
        return latent, l2
