"""The second stage of an inversion: the generator's weights as further unknowns.

Abu Hussein, Tirer, Giryes, "Image-adaptive GAN based reconstruction", AAAI 2020.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from eglass.generators.base import Generator
from eglass.inversion.minimisation import Minimisation
from eglass.problems import Problem


class ImageAdaptation(Minimisation):
    """Stage 2: Adam on one latent and on this target's own copy of the generator's weights.

    Abu Hussein, Tirer, Giryes, "Image-adaptive GAN based reconstruction", AAAI 2020.

    Args:
        generator: whose copy is adapted; itself it is not changed.
        problem: gives ℓ2 of images.
        latent: that it begins at, (1, latent).
        latent_lr: Adam's learning rate for the latent, above 0.
        weights_lr: the same for the weights.
        stop_at: ℓ2 at which it ends; none runs the whole budget.
    """

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

    def images(self) -> Float[Tensor, "1 channels height width"]:
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
            ],
            # One pass over the weights a step, where its operations by themselves take one each.
            fused=True,
        )
