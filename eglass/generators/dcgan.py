"""DCGAN: five transposed convolutions from a Gaussian latent to a 64×64 image.

Radford, Metz, Chintala, "Unsupervised representation learning with deep convolutional generative
adversarial networks", ICLR 2016. The bundled weights were trained on DigiFace-1M and are installed
by the package gan-face-generate (MIT).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from jaxtyping import Float
from torch import Tensor, nn

from eglass import weights as weight_files
from eglass.errors import InputError
from eglass.generators.base import Generator
from eglass.generators.priors import GaussianPrior
from eglass.weights import Provenance

_BUNDLED = weight_files.Packaged(
    "gan_face_generate",
    "weights.tar",
    "gan-face-generate==1.1.1",
    "0c3b90b138cfc4e8a73310b9fd5ce2a8f1f3a542a037de277412307fcd28771f",
)


def transposed_convolutions(channels: Sequence[int]) -> nn.Sequential:
    """Return the layers of a DCGAN's generator: 1×1 to 4×4, then twice the size at each step.

    Args:
        channels: of the latent, after every step, and of the image; batch norm and ReLU follow all
            steps but the last, tanh the last.
    """
    *hidden, colours = channels
    layers: list[nn.Module] = []
    for i, (inside, outside) in enumerate(pairwise(hidden)):
        stride, padding = (1, 0) if i == 0 else (2, 1)
        layers += [
            nn.ConvTranspose2d(inside, outside, 4, stride, padding, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(),
        ]
    layers += [nn.ConvTranspose2d(hidden[-1], colours, 4, 2, 1, bias=False), nn.Tanh()]
    return nn.Sequential(*layers)


class DCGAN(Generator):
    """The generator of a DCGAN, in evaluation mode, its parameters frozen and random.

    Images are (batch, 3, 64, 64), from -1 to 1; `pretrained` has trained weights. Radford, Metz,
    Chintala, ICLR 2016.

    Args:
        latent_dim: of a latent, standard normal entries.
        width: channels before the last layer; eight times as many after the first.
    """

    def __init__(self, latent_dim: int = 100, width: int = 64):
        super().__init__()
        self.latent_dim = latent_dim
        self.image_size = (3, 64, 64)
        self.prior = GaussianPrior(latent_dim)
        self.provenance = Provenance("random", None, trained=False)
        self.main = transposed_convolutions([latent_dim, 8 * width, 4 * width, 2 * width, width, 3])
        self.eval().requires_grad_(False)

    def forward(
        self, latents: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch channels height width"]:
        return self.main(latents[:, :, None, None])

    @classmethod
    def pretrained(cls, weights: str | Path | None = None) -> DCGAN:
        """Load trained weights: the installed DigiFace ones, or a state dict of the same layout.

        Args:
            weights: path of a checkpoint whose `netG_state_dict`, or which itself, is the state
                dict; none takes the installed file and checks its hash.

        Raises:
            InputError: the weights are missing, altered, or of another network.
        """
        path, provenance = _BUNDLED.or_own(weights)
        checkpoint = weight_files.load_tensors(path)
        try:
            state = checkpoint.get("netG_state_dict", checkpoint)
            latent_dim, width = state["main.0.weight"].shape[0], state["main.12.weight"].shape[0]
            generator = cls(latent_dim, width)
            generator.load_state_dict(state)
        except (KeyError, AttributeError, RuntimeError) as error:
            raise InputError(
                f"weight file {path} is not a DCGAN's: expected five transposed convolutions "
                "under main.*"
            ) from error
        generator.provenance = provenance
        return generator
