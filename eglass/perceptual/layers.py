"""Layers of any network as a metric."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn

from eglass.errors import InputError
from eglass.images import displayed
from eglass.perceptual.base import PerceptualMetric
from eglass.weights.state import copied, load_weights


class Layers(PerceptualMetric):
    """The mean squared difference of some layers' outputs, each layer counted alike.

    Args:
        module: takes images, (batch, channels, height, width); of it a copy
            is put into evaluation mode.
        layers: names of its parts, as `named_modules` gives them, whose outputs are compared.
        weights: path of a checkpoint that holds the module's state dict, at any depth and with any
            prefix; none, or "included", where the module has its trained weights; "random" where it
            is untrained, and good for timing only.
        title: what captions and axes call it.
        value_range: what the module takes for black and white.
        channels: the channels of images that it sees; none shows it all of them.
        normalised: scale each pixel's vector of channels to unit length, as LPIPS does.

    Raises:
        InputError: there is no such layer, or the weights are missing or another network's.
    """

    key = "layers"

    def __init__(
        self,
        module: nn.Module,
        layers: Sequence[str],
        weights: str | Path | None = None,
        *,
        title: str = "feature distance",
        value_range: tuple[float, float] = (0.0, 1.0),
        channels: Sequence[int] | None = None,
        normalised: bool = False,
    ):
        super().__init__()
        parts = dict(module.named_modules())
        if missing := [name for name in layers if name not in parts] or not layers:
            raise InputError(
                f"perceptual.layers is {list(layers)}, of which {missing} is no part of "
                f"{type(module).__name__}: expected names such as {', '.join(list(parts)[1:6])}"
            )
        module = copied(module)
        self.provenance = load_weights(module, weights)
        self.module, self.layers, self.title = module, tuple(layers), title
        self.value_range, self.channels = value_range, channels
        self.normalised = normalised
        self.eval().requires_grad_(False)

    def features(
        self, images: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch features"]:
        """Return the layers' outputs, each over the square root of how many numbers it has."""
        black, white = self.value_range
        seen = images if self.channels is None else displayed(images, self.channels)
        found: dict[str, Tensor] = {}
        hooks = [
            self.module.get_submodule(name).register_forward_hook(
                lambda _module, _inputs, output, name=name: found.update({name: output})
            )
            for name in self.layers
        ]
        try:
            self.module((seen + 1) * ((white - black) / 2) + black)
        finally:
            for hook in hooks:
                hook.remove()
        return torch.cat([self._scaled(found[name]) for name in self.layers], 1)

    def _scaled(self, output: Float[Tensor, "batch ..."]) -> Float[Tensor, "batch numbers"]:
        count = output[0].numel()
        if self.normalised and output.ndim == 4:
            norm = torch.linalg.vector_norm(output, dim=1, keepdim=True)
            output, count = output / (norm + 1e-10), output.shape[-2] * output.shape[-1]
        return output.flatten(1) / count**0.5
