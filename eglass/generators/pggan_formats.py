"""The three checkpoint formats of PGGAN, each translated into the parameters of `pggan.PGGAN`.

| format | keys | repository on GitHub |
|---|---|---|
| image-adaptive GAN | features.{i}.conv, features.{i}.wscale, output | shadyabh/IAGAN |
| GenForce | layer{i}, output{b}, lod | genforce/genforce |
| GAN zoo | formatLayer, groupScale0, scaleLayers, toRGBLayers | facebookresearch/pytorch_GAN_zoo |

They compute the same function: normalise each pixel, convolve, activate, and so on (the zoo writes
the normalisation after the activation instead of before the next convolution). They differ in
where the weight scale stands, and in the layer that makes 4×4 maps of the latent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from eglass.errors import InputError

#: Where checkpoints nest the generator; the running average of the weights comes first.
_NESTS = ("generator_smooth", "avgG", "generator", "netG")


@dataclass(frozen=True)
class Network:
    """A PGGAN: channels at 4×4, 8×8, …, the latent's dimension, and the state dict."""

    channels: list[int]
    latent_dim: int
    state: dict[str, Tensor]


class _Layer(NamedTuple):
    """scale · (weight ∗ x) + bias."""

    weight: Tensor
    scale: Tensor | float
    bias: Tensor


class _Layers(NamedTuple):
    """All layers, in order; `dense` has a weight of (channel, 4, 4, latent)."""

    dense: _Layer
    convolutions: list[_Layer]
    to_rgb: _Layer


def convert(checkpoint: Mapping[str, Any], path: Path) -> Network:
    """Recognise a checkpoint's format by its keys and translate it.

    Args:
        checkpoint: nested dictionaries of tensors.
        path: where it was read, for messages.

    Raises:
        InputError: it is in none of the formats, lacks a layer, or has one that is not understood.
    """
    for state in (checkpoint, *(checkpoint.get(nest) for nest in _NESTS)):
        for marker, read in _FORMATS.items():
            if isinstance(state, Mapping) and marker in state:
                return _translate(read, state, path)
    raise InputError(
        f"weight file {path} is not a known PGGAN checkpoint: expected one of the keys "
        f"{', '.join(_FORMATS)}, at the top or under one of {', '.join(_NESTS)}"
    )


def _translate(
    read: Callable[[dict[str, Tensor]], _Layers], state: Mapping[str, Tensor], path: Path
) -> Network:
    left = {key: value.float() for key, value in state.items() if isinstance(value, Tensor)}
    try:
        network = _network(read(left))  # Takes out of `left` what it uses.
    except KeyError as error:
        raise InputError(
            f"weight file {path} lacks {error.args[0]}: give a complete checkpoint"
        ) from error
    except (RuntimeError, IndexError, ValueError) as error:
        raise InputError(
            f"weight file {path} is not a PGGAN's ({' '.join(str(error).split())}); give a "
            "complete checkpoint of the final resolution"
        ) from error
    if left:
        raise InputError(
            f"weight file {path} has keys that no PGGAN of its format has: {', '.join(left)}"
        )
    return network


def _network(layers: _Layers) -> Network:
    named = {"dense": layers.dense, "to_rgb": layers.to_rgb}
    named |= {f"convolutions.{i}": layer for i, layer in enumerate(layers.convolutions)}
    state = {
        f"{name}.{part}": torch.as_tensor(value)
        for name, layer in named.items()
        for part, value in layer._asdict().items()
    }
    channels = [layer.weight.shape[0] for layer in layers.convolutions[::2]]
    if not channels:
        raise ValueError("it has no convolutions")
    return Network(channels, layers.dense.weight.shape[-1], state)


def _dense_from_convolution(layer: _Layer) -> _Layer:
    # A 4×4 convolution of one pixel padded by 3 meets its kernel backwards.
    return _Layer(
        layer.weight.flip(2, 3).permute(0, 2, 3, 1),
        layer.scale,
        layer.bias[:, None, None].expand(-1, 4, 4),
    )


def _read_image_adaptive(state: dict[str, Tensor]) -> _Layers:
    def take(name: str) -> _Layer:
        return _Layer(
            state.pop(f"{name}.conv.weight"),
            state.pop(f"{name}.wscale.scale").squeeze(),
            state.pop(f"{name}.wscale.b"),
        )

    count = sum(key.endswith(".conv.weight") for key in state) - 1
    dense = _dense_from_convolution(take("features.0"))
    convolutions = [take(f"features.{i}") for i in range(1, count)]
    return _Layers(dense, convolutions, take("output"))


def _read_genforce(state: dict[str, Tensor]) -> _Layers:
    def take(name: str, gain: float) -> _Layer:
        weight = state.pop(f"{name}.weight")
        return _Layer(weight, gain / math.sqrt(weight[0].numel()), state.pop(f"{name}.bias"))

    if (lod := state.pop("lod", torch.zeros(()))) != 0:
        raise ValueError(f"it was saved while growing, at lod {lod.item():g}")
    count = sum(key.startswith("layer") and key.endswith(".weight") for key in state)
    dense = _dense_from_convolution(take("layer0", math.sqrt(2)))
    convolutions = [take(f"layer{i}", math.sqrt(2)) for i in range(1, count)]
    # One output for each resolution that the network grew through; the last one counts.
    *_, to_rgb = (take(f"output{block}", 1.0) for block in range(count // 2))
    return _Layers(dense, convolutions, to_rgb)


def _read_gan_zoo(state: dict[str, Tensor]) -> _Layers:
    def take(name: str) -> _Layer:
        weight = state.pop(f"{name}.module.weight")
        scale = math.sqrt(2 / weight[0].numel())
        return _Layer(weight, scale, scale * state.pop(f"{name}.module.bias"))

    growths = sum(key.startswith("toRGBLayers.") and key.endswith(".weight") for key in state) - 1
    dense = take("formatLayer")
    dense = _Layer(
        dense.weight.unflatten(0, (-1, 4, 4)), dense.scale, dense.bias.unflatten(0, (-1, 4, 4))
    )
    convolutions = [take("groupScale0.0")]
    convolutions += [take(f"scaleLayers.{s}.{i}") for s in range(growths) for i in (0, 1)]
    *_, to_rgb = (take(f"toRGBLayers.{s}") for s in range(growths + 1))
    return _Layers(dense, convolutions, to_rgb)


_FORMATS: dict[str, Callable[[dict[str, Tensor]], _Layers]] = {
    "features.0.conv.weight": _read_image_adaptive,
    "layer0.weight": _read_genforce,
    "formatLayer.module.weight": _read_gan_zoo,
}
