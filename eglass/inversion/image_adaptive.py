"""Image-adaptive inversion: both stages by Adam, from random latents.

Abu Hussein, Tirer, Giryes, "Image-adaptive GAN based reconstruction", AAAI 2020.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.generators.base import Generator
from eglass.inversion.latent import LatentSearch
from eglass.inversion.two_stage import Stages, TwoStageInversion
from eglass.problems import Problem
from eglass.settings import Count, Natural, NotNegative, Positive, settings


@settings
class ImageAdaptiveInversion(TwoStageInversion):
    """Both stages by Adam, from the best of many starts.

    The official code has no scouts, 5 starts, 1800 steps, no prior_weight, adaptation_weights_lr
    1e-3, and no stop_at: `conf/inversion/image_adaptive_official.yaml`.

    Attributes:
        scouts: random latents that are tried for `scout_steps` before stage 1, which then goes on
            from the best of them; 0 leaves this out.
        scout_steps: budget of the scouts.
        starts: latents of stage 1, searched as one batch; the best goes on.
        steps: budget of stage 1.
        lr: of stage 1.
        prior_weight: λ of stage 1's λ‖z‖²/d, which keeps latents typical.
    """

    scouts: Natural = 16
    scout_steps: Count = 40
    starts: Count = 6
    steps: Count = 110
    lr: Positive = 0.1
    prior_weight: NotNegative = 1e-3

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
