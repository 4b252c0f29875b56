"""PGGAN: a progressively grown generator, from a 512-dimensional latent to faces at 1024×1024.

Karras, Aila, Laine, Lehtinen, "Progressive growing of GANs for improved quality, stability, and
variation", ICLR 2018, Table 2. One network serves every published checkpoint; `pggan_formats`
translates them into its parameters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from eglass import weights as weight_files
from eglass.errors import InputError
from eglass.generators import pggan_formats
from eglass.generators.base import Generator
from eglass.generators.priors import GaussianPrior
from eglass.weights import Provenance, foreign, sources

RESOLUTIONS = (8, 16, 32, 64, 128, 256, 512, 1024)

#: CelebA-HQ, trained by the authors (1024, converted by GenForce) and by the GAN zoo.
PUBLISHED = {
    1024: sources.PublishedFile(
        "pggan_celebahq1024.pth",
        "https://mycuhk-my.sharepoint.com/:u:/g/personal/1155082926_link_cuhk_edu_hk/"
        "EW_3jQ6E7xlKvCSHYrbmkQQBAB8tgIv5W5evdT6-GuXiWw?e=gRifVa&download=1",
    ),
    512: sources.PublishedFile(
        "celebaHQ16_december_s7_i96000-9c72988c.pth",
        "https://dl.fbaipublicfiles.com/gan_zoo/PGAN/celebaHQ16_december_s7_i96000-9c72988c.pth",
        "9c72988c",
    ),
    256: sources.PublishedFile(
        "celebaHQ_s6_i80000-6196db68.pth",
        "https://dl.fbaipublicfiles.com/gan_zoo/PGAN/celebaHQ_s6_i80000-6196db68.pth",
        "6196db68",
    ),
}
#: The same network in the conversion that the image-adaptive GAN uses; it has no lasting link.
_ALSO = {1024: "100_celeb_hq_network-snapshot-010403.pth"}


class PGGAN(Generator):
    """The generator of a PGGAN, its parameters frozen.

    Weights are stored at unit scale and multiplied by a constant (He's) when they are used, as in
    training, so that a step of an optimiser means the same in every layer.

    The last layer is linear: its images lie in [-1, 1] as the training images do, up to a small
    overshoot, which is left because clamping it would set its gradient to zero. Images are
    (batch, 3, side, side).

    Args:
        channels: of the feature maps at 4×4, 8×8, … up to the resolution, at least one.
        latent_dim: of a latent, standard normal entries.
    """

    def __init__(self, channels: Sequence[int], latent_dim: int = 512):
        super().__init__()
        self.latent_dim = latent_dim
        side = 4 * 2 ** (len(channels) - 1)
        self.image_size = (3, side, side)
        self.prior = GaussianPrior(latent_dim)
        self.provenance = Provenance("random", None, trained=False)
        self.dense = _Dense(latent_dim, channels[0])
        self.convolutions = nn.ModuleList([_Convolution(channels[0], channels[0], 3)])
        for inside, outside in pairwise(channels):
            self.convolutions += [
                _Convolution(inside, outside, 3),
                _Convolution(outside, outside, 3),
            ]
        self.to_rgb = _Convolution(channels[-1], 3, 1, gain=1.0)
        self.eval().requires_grad_(False)

    def forward(
        self, latents: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch channels height width"]:
        x = _activate(self.dense(_pixel_norm(latents)))
        for i, convolution in enumerate(self.convolutions):
            x = _pixel_norm(x)
            if i % 2 == 1:  # The first of a resolution's pair; 4×4 has but the second.
                x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = _activate(convolution(x))
        return self.to_rgb(_pixel_norm(x))

    @classmethod
    def pretrained(
        cls,
        resolution: int = 1024,
        weights: str | Path | None = None,
        *,
        latent_dim: int = 512,
        max_channels: int = 512,
        seed: int = 0,
        download: bool = True,
    ) -> PGGAN:
        """Load trained weights, or make random ones.

        Args:
            resolution: side of the images, a power of two from 8 to 1024.
            weights: path of a checkpoint in any format of `pggan_formats`; none takes the published
                CelebA-HQ network of that resolution; "random" takes seeded random weights, for
                timing only.
            latent_dim: of random weights; a checkpoint brings its own.
            max_channels: of random weights, a limit on the width; a checkpoint brings its own.
            seed: of random weights.
            download: fetch published weights that are not in the cache.

        Raises:
            InputError: the weights are missing, unreadable, or of another network or resolution.
        """
        if resolution not in RESOLUTIONS:
            raise InputError(f"no PGGAN at resolution {resolution}: expected one of {RESOLUTIONS}")
        if weights == sources.RANDOM:
            return cls._random(resolution, latent_dim, max_channels, seed)
        path = _published(resolution, download) if weights is None else Path(weights)
        digest = weight_files.check(path, None)
        network = pggan_formats.convert(foreign.load_tensors(path), path)
        generator = cls(network.channels, network.latent_dim)
        side = generator.image_size[-1]
        if side != resolution:
            raise InputError(
                f"weight file {path} is of a PGGAN at resolution {side}: expected "
                f"{resolution}; set generator.resolution={side}"
            )
        try:
            generator.load_state_dict(network.state)
        except RuntimeError as error:
            raise InputError(
                f"weight file {path} has layers of the wrong shape "
                f"({str(error).splitlines()[1].strip()}); give a complete checkpoint"
            ) from error
        generator.provenance = Provenance(path.name, digest)
        return generator

    @classmethod
    def _random(cls, resolution: int, latent_dim: int, max_channels: int, seed: int) -> PGGAN:
        if latent_dim < 1 or max_channels < 1:
            raise InputError(
                f"PGGAN's latent_dim is {latent_dim} and max_channels {max_channels}: "
                "expected 1 or more"
            )
        sides = RESOLUTIONS[: RESOLUTIONS.index(resolution) + 1]
        channels = [min(16384 // side, max_channels) for side in (4, *sides)]
        generator = cls(channels, latent_dim)
        rng = torch.Generator().manual_seed(seed)
        for name, parameter in generator.named_parameters():
            if name.endswith("weight"):
                parameter.normal_(generator=rng)
        # Pixels of standard deviation 1/3: nearly all in [-1, 1].
        generator.to_rgb.scale.div_(3)
        generator.provenance = Provenance(f"random, seed {seed}", None, trained=False)
        return generator


class _Dense(nn.Module):
    """Latents to feature maps of 4×4."""

    scale: Tensor

    def __init__(self, inside: int, outside: int):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outside, 4, 4, inside))
        self.bias = nn.Parameter(torch.zeros(outside, 4, 4))
        self.register_buffer("scale", torch.tensor(math.sqrt(2 / (16 * inside))))

    def forward(self, latents: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch channel 4 4"]:
        weight = (self.scale * self.weight).flatten(0, 2)
        return F.linear(latents, weight, self.bias.flatten()).unflatten(1, self.bias.shape)


class _Convolution(nn.Module):
    """A convolution that keeps the size."""

    scale: Tensor

    def __init__(self, inside: int, outside: int, side: int, gain: float = math.sqrt(2)):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outside, inside, side, side))
        self.bias = nn.Parameter(torch.zeros(outside))
        self.register_buffer("scale", torch.tensor(gain / math.sqrt(inside * side**2)))

    def forward(
        self, x: Float[Tensor, "batch inside height width"]
    ) -> Float[Tensor, "batch outside height width"]:
        return F.conv2d(x, self.scale * self.weight, self.bias, padding=self.weight.shape[-1] // 2)


def _pixel_norm(x: Tensor) -> Tensor:
    return x * (x.square().mean(1, keepdim=True) + 1e-8).rsqrt()


def _activate(x: Tensor) -> Tensor:
    return F.leaky_relu(x, 0.2)


def _published(resolution: int, download: bool) -> Path:
    if resolution not in PUBLISHED:
        raise InputError(
            f"no PGGAN is published at resolution {resolution} (only {sorted(PUBLISHED)}): give "
            f"generator.weights=PATH, or generator.weights={sources.RANDOM} for timing only"
        )
    also = [sources.cache_folder() / _ALSO[resolution]] if resolution in _ALSO else []
    return sources.locate(PUBLISHED[resolution], elsewhere=also, download=download)
