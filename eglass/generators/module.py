"""Any PyTorch module that turns latents into images, as a generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from eglass.errors import InputError
from eglass.generators.base import Generator
from eglass.generators.checks import check_generator
from eglass.generators.priors import Prior
from eglass.weights.state import copied, load_weights


class ModuleGenerator(Generator):
    """A copy of a module of anyone's, in evaluation mode, its parameters frozen.

    The module itself is left as it is. The copy is tried once it is made: what it does that no
    generator may do is named then.

    Args:
        module: takes latents, shaped (batch, *latent_shape), to images (batch, channels, height,
            width).
        prior: the distribution of latents that it was trained on; its dimension is the latent's.
        weights: none where the module has its trained weights, which may also be written
            "included"; path of a checkpoint that holds its state dict, at any depth and with any
            prefix; "random" where it is untrained, and good for timing only.
        latent_shape: of one latent, as the module takes it; none is (prior.dim,).
        value_range: what black and white are in the module's images.
        arguments: named arguments of every call, passed as they are, such as a truncation.
        conditions: named arguments of every call, for one image, repeated along the batch, such as
            a class.
        shown: the channels that pictures show as red, green and blue, from 0; none repeats grey,
            shows the second of two channels as green and blue, and the first three of more.

    Raises:
        InputError: the weights are missing or another network's, the latent's shape is not of the
            prior's dimension, or the module is not what `check_generator` expects.
    """

    def __init__(
        self,
        module: nn.Module,
        prior: Prior,
        weights: str | Path | None = None,
        *,
        latent_shape: Sequence[int] | None = None,
        value_range: tuple[float, float] = (-1.0, 1.0),
        arguments: Mapping[str, Any] | None = None,
        conditions: Mapping[str, Any] | None = None,
        shown: tuple[int, int, int] | None = None,
    ):
        super().__init__()
        shape = torch.Size(latent_shape or (prior.dim,))
        if shape.numel() != prior.dim:
            raise InputError(
                f"generator.latent_shape is {list(shape)}: expected {prior.dim} numbers in all, "
                "the prior's dimension"
            )
        black, white = (float(value) for value in value_range)
        if not black < white:
            raise InputError(f"generator.value_range is {[black, white]}: expected black < white")
        self.module = copied(module)
        self.prior = prior
        self.latent_dim = prior.dim
        self.latent_shape = shape
        self.value_range = black, white
        self.arguments = dict(arguments or {})
        self.conditions = tuple(conditions or ())
        for name, value in (conditions or {}).items():
            self.register_buffer(f"condition_{name}", torch.as_tensor(value), persistent=False)
        self.provenance = load_weights(self.module, weights)
        self.eval().requires_grad_(False)
        self.image_size = check_generator(self)
        if shown is not None and not all(0 <= each < self.image_size[0] for each in shown):
            raise InputError(
                f"generator.shown is {list(shown)}: expected three channels from 0 to "
                f"{self.image_size[0] - 1}"
            )
        self.shown = shown

    def forward(
        self, latents: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch channels height width"]:
        repeated = {name: getattr(self, f"condition_{name}") for name in self.conditions}
        repeated = {
            name: value.expand(len(latents), *value.shape) for name, value in repeated.items()
        }
        shaped = latents.unflatten(1, self.latent_shape)
        images = self.module(shaped, **repeated, **self.arguments)
        black, white = self.value_range
        return (images - black) * (2 / (white - black)) - 1
