"""A fast inversion: a bank of latents, measured once for an operator, says where to search from."""

from __future__ import annotations

import math
import time
from functools import cached_property
from typing import Annotated

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from eglass.generators.base import Generator
from eglass.inversion.bank import LatentBank
from eglass.inversion.quasi_newton import ITERATIONS, QuasiNewtonSearch
from eglass.inversion.two_stage import Stages, TwoStageInversion
from eglass.problems import Problem
from eglass.settings import Count, Natural, NotNegative, settings


@settings
class BankInversion(TwoStageInversion):
    """Stage 1 by L-BFGS from latents of a bank, one after another until one will do.

    The starts are the latents whose measurements are nearest, each corrected by a regression of
    latents on measurements; the search is in the metric of a regression the other way around. The
    bank is measured once for each operator, at a forward pass for each latent: this pays for
    itself over several measurements.

    Attributes:
        bank: latents in the bank.
        seed: of the bank.
        starts: how many of the nearest are tried at most.
        steps: iterations for each.
        prior_weight: λ of stage 1's λ‖z‖²/d, which keeps latents typical.
    """

    bank: Annotated[int, Field(ge=2)] = 2000
    seed: Natural = 0
    starts: Count = 4
    steps: Count = 60
    prior_weight: NotNegative = 1e-3

    @cached_property
    def known(self) -> LatentBank:
        """The bank, kept from one measurement to the next."""
        return LatentBank(self.bank, self.seed)

    def search(
        self, generator: Generator, problem: Problem, rng: torch.Generator, stages: Stages
    ) -> tuple[Float[Tensor, " latent"], float]:
        """Stage 1: L-BFGS from one latent after another."""
        began = time.perf_counter()
        starts = self.known.starts(generator, problem, self.starts, stages.progress)
        metric = self.known.measured(generator, problem).metric
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
