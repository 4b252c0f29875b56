"""The network that is trained: a decoder with a Gaussian prior, and the encoder that teaches it.

    z ~ N(0, I) ──flow──▶ code ──convolutions──▶ image

The convolutions and the encoder are a variational autoencoder's. Its codes are never quite
Gaussian, and between them lie images of nothing: the flow, trained on them afterwards, takes
Gaussian latents to where the codes are.

Kingma and Welling, "Auto-encoding variational Bayes", ICLR 2014; Dinh, Sohl-Dickstein, Bengio,
"Density estimation using Real NVP", ICLR 2017; on a prior that is learned last: Dai and Wipf,
"Diagnosing and enhancing VAE models", ICLR 2019.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn.functional import pad

from eglass.errors import InputError
from eglass.generators import GaussianPrior, Generator, Provenance
from eglass.records import whole_file
from eglass.training.flow import Flow
from eglass.weights import check

#: What the file says it is.
FORMAT = "eglass decoder 1"


class Decoder(Generator):
    """A trained decoder, in evaluation mode once it is loaded, its parameters frozen.

    Args:
        image_size: (channels, height, width) of its images.
        latent_dim: of the Gaussian latent.
        width: channels of the last layers; the first have up to 16 times as many.
    """

    def __init__(self, image_size: tuple[int, int, int], latent_dim: int = 64, width: int = 16):
        super().__init__()
        self.image_size = image_size
        self.latent_dim = latent_dim
        self.width = width
        self.prior = GaussianPrior(latent_dim)
        self.provenance = Provenance("random", None, trained=False)
        self.flow = Flow(latent_dim)
        channels = _channels(image_size, width)
        first = _first_sides(image_size)
        layers: list[nn.Module] = [
            nn.Linear(latent_dim, channels[0] * math.prod(first), bias=False),
            nn.Unflatten(1, (channels[0], *first)),
            *_activated(channels[0]),
        ]
        for inside, outside in pairwise(channels):
            layers += [nn.ConvTranspose2d(inside, outside, 4, 2, 1, bias=False)]
            layers += _activated(outside)
        self.convolutions = nn.Sequential(
            *layers, nn.Conv2d(channels[-1], image_size[0], 3, 1, 1), nn.Tanh()
        )
        self.to(memory_format=torch.channels_last)

    def forward(
        self, latents: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch channels height width"]:
        return self.decode(self.flow(latents))

    def decode(
        self, codes: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch channels height width"]:
        """Return the images of the autoencoder's codes."""
        _, height, width = self.image_size
        whole = self.convolutions(codes)
        top, left = (whole.shape[2] - height) // 2, (whole.shape[3] - width) // 2
        return whole[:, :, top : top + height, left : left + width]

    def save(self, path: str | Path) -> None:
        """Write the weights, and what makes the network for them: whole or not at all."""
        made = {name: getattr(self, name) for name in ("image_size", "latent_dim", "width")}
        state = {name: tensor.contiguous() for name, tensor in self.state_dict().items()}
        with whole_file(path) as draft:
            # Not by `save_file`, whose files nobody else may read.
            draft.write_bytes(save(state, {"format": FORMAT, "network": json.dumps(made)}))

    @classmethod
    def load(cls, weights: str | Path) -> Decoder:
        """Return a decoder from the file that its training wrote; nothing of it is executed.

        Raises:
            InputError: there is no such file, or it is not one that `Decoder.save` wrote.
        """
        path = Path(weights).expanduser()
        if not path.is_file():
            raise InputError(
                f"no weight file at {path}: train a generator first, with `eglass train "
                "images.folder=PATH` or `eglass phantoms`, or give generator.weights=PATH"
            )
        digest = check(path, None)
        try:
            with safe_open(path, "pt") as file:
                about = file.metadata() or {}
                state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            if about.get("format") != FORMAT:
                raise ValueError(f"its format is {about.get('format')}, not {FORMAT}")
            made = json.loads(about["network"])
            decoder = cls(tuple(made["image_size"]), made["latent_dim"], made["width"])
            decoder.load_state_dict(state)
        except (SafetensorError, OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
            raise InputError(
                f"weight file {path} is not a decoder's ({' '.join(str(error).split())[:100]}): "
                "expected the file that training wrote"
            ) from error
        decoder.provenance = Provenance(path.name, digest)
        return decoder.eval().requires_grad_(False)


class Encoder(nn.Module):
    """From images to the mean and the log variance of their codes; used for training only.

    Args:
        image_size, latent_dim, width: the decoder's.
    """

    def __init__(self, image_size: tuple[int, int, int], latent_dim: int, width: int):
        super().__init__()
        # Half as wide as the decoder, which is what is wanted in the end.
        _, *rest = reversed(_channels(image_size, width))
        channels = [image_size[0], *(max(1, each // 2) for each in rest)]
        first = _first_sides(image_size)
        self._whole = [side * 2 ** len(rest) for side in first]
        layers: list[nn.Module] = []
        for inside, outside in pairwise(channels):
            layers += [nn.Conv2d(inside, outside, 4, 2, 1, bias=False), *_activated(outside)]
        # No normalisation where an image has no more than one number a channel: with few images of
        # a batch its noise would be larger than what the codes tell apart.
        self.layers = nn.Sequential(
            *layers,
            nn.Flatten(),
            nn.Linear(channels[-1] * math.prod(first), 2 * latent_dim),
        ).to(memory_format=torch.channels_last)

    def forward(
        self, images: Float[Tensor, "batch channels height width"]
    ) -> tuple[Float[Tensor, "batch latent"], Float[Tensor, "batch latent"]]:
        height, width = (w - n for w, n in zip(self._whole, images.shape[2:]))
        around = (width // 2, width - width // 2, height // 2, height - height // 2)
        whole = pad(images, around, mode="replicate")
        mean, log_variance = self.layers(whole).chunk(2, 1)
        # Beyond these the exponential says nothing.
        return mean, log_variance.clamp(-12, 4)


def _channels(image_size: tuple[int, int, int], width: int) -> list[int]:
    """Return the channels before and after every doubling, from 4×4 or less to the whole image."""
    steps = max(1, math.ceil(math.log2(max(image_size[1:]) / 4)))
    return [min(16, 2 ** (steps - i)) * width for i in range(steps + 1)]


def _first_sides(image_size: tuple[int, int, int]) -> list[int]:
    """Return the sides that the doublings start from: what is too much in the end is cut off."""
    doublings = len(_channels(image_size, 1)) - 1
    return [-(-side // 2**doublings) for side in image_size[1:]]


def _activated(channels: int) -> Sequence[nn.Module]:
    return nn.BatchNorm2d(channels), nn.LeakyReLU(0.2)
