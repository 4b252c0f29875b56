"""A fast inversion: quasi-Newton search from the nearest latents of a bank."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.generators.base import Generator
from eglass.inversion.bank import LatentBank
from eglass.inversion.image_adaptive import AdaptiveInversion, Stages
from eglass.inversion.latent import LatentSearch
from eglass.problems import Problem

#: Iterations of L-BFGS in one step of the trainer, between which its progress is shown.
ITERATIONS = 10


class QuasiNewtonSearch(LatentSearch):
    """L-BFGS with a strong Wolfe line search, on one latent.

    Nocedal, Wright, "Numerical optimization", 2006, algorithms 7.5 and 3.5, as PyTorch has them.
    A row of the history is an evaluation of the objective.
    """

    def objective(self, l2: Float[Tensor, " start"]) -> Float[Tensor, ""]:
        if self.stop_at is None:
            return super().objective(l2)
        # Flat once its target is reached, where L-BFGS then ends by itself.
        return torch.where(l2 <= self.stop_at, self.stop_at, super().objective(l2)).sum()

    def configure_optimizers(self) -> Any:
        return torch.optim.LBFGS(
            [self.latents],
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

    Raises:
        InputError: a setting is out of range.
    """

    bank: int = 2000
    seed: int = 0
    starts: int = 4
    steps: int = 60
    prior_weight: float = 1e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("more than 0", "bank", "starts", "steps")
        self._check("0 or more", "prior_weight")

    @cached_property
    def known(self) -> LatentBank:
        """The bank, kept from one measurement to the next."""
        return LatentBank(self.bank, self.seed)

    def search(
        self, generator: Generator, problem: Problem, rng: torch.Generator, stages: Stages
    ) -> tuple[Float[Tensor, " latent"], float]:
        """Stage 1: L-BFGS from one latent after another."""
        began = time.perf_counter()
        starts = self.known.nearest(generator, problem, self.starts)
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
            )
            stages.run(search, math.ceil(self.steps / ITERATIONS), f"start {i + 1}")
            found.append((float(search.best_l2), search.best_latents[0]))
            if stages.stop_at is not None and found[-1][0] <= stages.stop_at:
                break
        l2, latent = min(found, key=lambda pair: pair[0])
        return latent, l2
