"""A copy of a generator that computes in bfloat16, written so that a CPU is soon done with it."""

from __future__ import annotations

import copy
from itertools import zip_longest
from typing import TypeGuard

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.fusion import fuse_conv_bn_eval

from eglass.generators import Generator

#: Images up to this wide are laid side by side.
NARROW = 4


def is_sooner(device: torch.device) -> bool:
    """Say whether a device multiplies matrices in bfloat16: other CPUs take up to sixty times as
    long as in single precision.
    """
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and torch.cpu._is_amx_tile_supported()


class Rounded(nn.Module):
    """A generator whose convolutions and products are of bfloat16; images are single precision.

    A batch norm of fixed statistics becomes part of the transposed convolution before it, which
    halves the squared error of rounding; and small images are convolved side by side.

    Args:
        generator: is copied, and stays as it is.
    """

    def __init__(self, generator: Generator):
        super().__init__()
        self._network = copy.deepcopy(generator)
        for layers in [part for part in self._network.modules() if isinstance(part, nn.Sequential)]:
            _write_anew(layers)
        self._network.to(torch.bfloat16).to(memory_format=torch.channels_last)

    def forward(
        self, latents: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch channels height width"]:
        return self._network(latents.to(torch.bfloat16)).float()


class SideBySide(nn.Module):
    """A transposed convolution that takes small images in one row, with room between them.

    The same sums, up to three times as soon: the rows of oneDNN's products are the pixels of a row
    of the image, of which a processor takes sixteen as easily as four.

    Args:
        layer: for which `fits` holds.
    """

    def __init__(self, layer: nn.ConvTranspose2d):
        super().__init__()
        self.layer = layer

    @staticmethod
    def fits(layer: nn.Module | None) -> TypeGuard[nn.ConvTranspose2d]:
        """Say whether a layer is a transposed convolution whose outputs fill a row."""
        return isinstance(layer, nn.ConvTranspose2d) and (
            layer.dilation[1] == 1
            and layer.output_padding[1] == 0
            and layer.kernel_size[1] >= layer.stride[1] + 2 * int(layer.padding[1])
        )

    def forward(
        self, x: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch out higher wider"]:
        count, _, _, width = x.shape
        if width > NARROW or x.device.type != "cpu":
            return self.layer(x)
        layer = self.layer
        kernel, stride, padding = layer.kernel_size[1], layer.stride[1], int(layer.padding[1])
        # From one image to the next, such that no kernel reaches both.
        apart = width - 1 - (padding - kernel) // stride
        wider = (width - 1) * stride - 2 * padding + kernel
        row = pad(x.permute(2, 0, 3, 1), (0, 0, 0, apart - width)).flatten(1, 2)[None]
        out = layer(row.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)[0, :, : count * apart * stride]
        images = out.unflatten(1, (count, apart * stride))[:, :, :wider].transpose(0, 1)
        return images.contiguous().permute(0, 3, 1, 2)


def _write_anew(layers: nn.Sequential) -> None:
    """Let the transposed convolutions of a copied network compute the same sooner."""
    for i, (layer, norm) in enumerate(zip_longest(list(layers), list(layers)[1:])):
        if not SideBySide.fits(layer):
            continue
        if isinstance(norm, nn.BatchNorm2d) and _folds(layer, norm):
            layer, layers[i + 1] = fuse_conv_bn_eval(layer, norm, transpose=True), nn.Identity()
        layers[i] = SideBySide(layer)


def _folds(layer: nn.ConvTranspose2d, norm: nn.BatchNorm2d) -> bool:
    """Say whether a norm is a fixed affine map, and the weights before it are the layer's own."""
    fixed = norm.running_var is not None and not (norm.training or layer.training)
    return fixed and "weight" in dict(layer.named_parameters(recurse=False))
