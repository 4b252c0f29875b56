"""A second, deliberately plain implementation of each PGGAN format's forward rule, and checkpoints.

Each function reads the raw keys of its format and applies them in the order of the publisher's
code; nothing is shared with `eglass.generators`.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F


def channels_of(resolution: int, limit: int = 512) -> list[int]:
    """Channels at 4×4, 8×8, …, resolution."""
    return [min(limit, 16384 // 2**i) for i in range(2, int(math.log2(resolution)) + 1)]


def normalise(x: Tensor) -> Tensor:
    return x / torch.sqrt(torch.mean(x**2, dim=1, keepdim=True) + 1e-8)


def double(x: Tensor) -> Tensor:
    return x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)


# The image-adaptive GAN's: normalise, double, convolve, scale, add the bias, activate.


def image_adaptive_checkpoint(resolution: int, latent_dim: int, limit: int = 512) -> dict:
    rng = torch.Generator().manual_seed(1)
    channels = channels_of(resolution, limit)
    shapes = [(channels[0], latent_dim, 4, 4), (channels[0], channels[0], 3, 3)]
    for inside, outside in pairwise(channels):
        shapes += [(outside, inside, 3, 3), (outside, outside, 3, 3)]
    state = {}
    for i, shape in enumerate(shapes):
        state[f"features.{i}.conv.weight"] = torch.randn(shape, generator=rng)
        scale = (0.5 + torch.rand(1, generator=rng)) * math.sqrt(2 / math.prod(shape[1:]))
        state[f"features.{i}.wscale.scale"] = scale
        state[f"features.{i}.wscale.b"] = 0.3 * torch.randn(shape[0], generator=rng)
    state["output.conv.weight"] = torch.randn(3, channels[-1], 1, 1, generator=rng)
    state["output.wscale.scale"] = torch.tensor([0.4 / math.sqrt(channels[-1])])
    state["output.wscale.b"] = 0.3 * torch.randn(3, generator=rng)
    return state


def image_adaptive_images(state: dict, latents: Tensor) -> Tensor:
    def layer(name: str, x: Tensor, padding: int) -> Tensor:
        x = F.conv2d(x, state[f"{name}.conv.weight"], padding=padding)
        x = x * state[f"{name}.wscale.scale"]
        return x + state[f"{name}.wscale.b"].view(1, -1, 1, 1)

    x = latents[:, :, None, None]
    for i in range(len(state) // 3 - 1):
        x = normalise(x)
        if i >= 2 and i % 2 == 0:
            x = double(x)
        x = layer(f"features.{i}", x, padding=3 if i == 0 else 1)
        x = F.leaky_relu(x, negative_slope=0.2)
    return layer("output", normalise(x), padding=0)


# GenForce's: normalise, double, convolve with the scaled weight and the bias, activate.


def genforce_checkpoint(resolution: int, latent_dim: int, limit: int = 512) -> dict:
    rng = torch.Generator().manual_seed(2)
    channels = channels_of(resolution, limit)
    state = {"lod": torch.zeros(())}
    for block, outside in enumerate(channels):
        first = (outside, latent_dim, 4, 4) if block == 0 else (outside, channels[block - 1], 3, 3)
        for i, shape in ((2 * block, first), (2 * block + 1, (outside, outside, 3, 3))):
            state[f"layer{i}.weight"] = torch.randn(shape, generator=rng)
            state[f"layer{i}.bias"] = 0.3 * torch.randn(outside, generator=rng)
        state[f"output{block}.weight"] = 0.4 * torch.randn(3, outside, 1, 1, generator=rng)
        state[f"output{block}.bias"] = 0.3 * torch.randn(3, generator=rng)
    return state


def genforce_images(state: dict, latents: Tensor) -> Tensor:
    def layer(name: str, x: Tensor, gain: float, padding: int) -> Tensor:
        weight = state[f"{name}.weight"]
        fan_in = weight.shape[1] * weight.shape[2] * weight.shape[3]
        return F.conv2d(
            x, weight * gain / math.sqrt(fan_in), state[f"{name}.bias"], padding=padding
        )

    x = normalise(latents) * math.sqrt(latents.shape[1])
    x = x[:, :, None, None]
    blocks = sum(key.startswith("output") for key in state) // 2
    for block in range(blocks):
        x = normalise(x)
        if block > 0:
            x = double(x)
        x = layer(f"layer{2 * block}", x, math.sqrt(2), padding=3 if block == 0 else 1)
        x = F.leaky_relu(x, 0.2)
        x = F.leaky_relu(layer(f"layer{2 * block + 1}", normalise(x), math.sqrt(2), padding=1), 0.2)
    return layer(f"output{blocks - 1}", normalise(x), 1.0, padding=0)


# The GAN zoo's: double, convolve with the bias, scale the whole, activate, normalise.


def gan_zoo_checkpoint(resolution: int, latent_dim: int, limit: int = 512) -> dict:
    rng = torch.Generator().manual_seed(3)
    channels = channels_of(resolution, limit)
    shapes = {"formatLayer": (16 * channels[0], latent_dim)}
    shapes["groupScale0.0"] = (channels[0], channels[0], 3, 3)
    for s, (inside, outside) in enumerate(pairwise(channels)):
        shapes[f"scaleLayers.{s}.0"] = (outside, inside, 3, 3)
        shapes[f"scaleLayers.{s}.1"] = (outside, outside, 3, 3)
    for s, outside in enumerate(channels):
        shapes[f"toRGBLayers.{s}"] = (3, outside, 1, 1)
    state = {}
    for name, shape in shapes.items():
        state[f"{name}.module.weight"] = torch.randn(shape, generator=rng)
        # Large, for the scale shrinks it.
        state[f"{name}.module.bias"] = 5 * torch.randn(shape[0], generator=rng)
    return state


def gan_zoo_images(state: dict, latents: Tensor) -> Tensor:
    def layer(name: str, x: Tensor) -> Tensor:
        weight, bias = state[f"{name}.module.weight"], state[f"{name}.module.bias"]
        if weight.ndim == 2:
            return (x @ weight.T + bias) * math.sqrt(2 / weight.shape[1])
        fan_in = weight.shape[1] * weight.shape[2] * weight.shape[3]
        return F.conv2d(x, weight, bias, padding=weight.shape[2] // 2) * math.sqrt(2 / fan_in)

    x = F.leaky_relu(layer("formatLayer", normalise(latents)), 0.2)
    x = normalise(x.view(len(x), -1, 4, 4))
    x = normalise(F.leaky_relu(layer("groupScale0.0", x), 0.2))
    scales = sum(key.startswith("toRGBLayers") for key in state) // 2
    for s in range(scales - 1):
        x = double(x)
        x = normalise(F.leaky_relu(layer(f"scaleLayers.{s}.0", x), 0.2))
        x = normalise(F.leaky_relu(layer(f"scaleLayers.{s}.1", x), 0.2))
    return layer(f"toRGBLayers.{scales - 1}", x)
