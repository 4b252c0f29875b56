"""Painted eyes of 128×128: a DCGAN that is told the colour of the iris.

Trained by Rogier Knoester on the OmniArt eye data set (Master's thesis, University of Amsterdam);
the weights are installed by the package omniart-eye-generator (MIT).
"""

from __future__ import annotations

import difflib
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from eglass import weights as weight_files
from eglass.errors import InputError
from eglass.generators.base import Generator
from eglass.generators.dcgan import transposed_convolutions
from eglass.generators.priors import GaussianPrior
from eglass.weights import Provenance

#: What the generator can be told, in the order of its one-hot input.
CLASSES = ("amber", "blue", "brown", "gray", "grayscale", "green", "hazel", "red")

_BUNDLED = weight_files.Packaged(
    "omniart_eye_generator",
    "generator_model_state.pth",
    "omniart-eye-generator==0.1",
    "dd486abbd738bfe3d28ddd46987bec11e3842ddcc8c28ccc5251b52c6ecf4da0",
)


class EyeGAN(Generator):
    """The generator of painted eyes, in evaluation mode, its parameters frozen, its class fixed.

    Latents have 100 standard normal entries, images are (batch, 3, 128, 128), from -1 to 1;
    `pretrained` has trained weights, the class alone random ones.

    Args:
        class_: the colour of the iris: amber, blue, brown, gray, green, hazel or red; or grayscale.

    Raises:
        InputError: there is no such class.
    """

    one_hot: Tensor

    def __init__(self, class_: str = "blue"):
        super().__init__()
        self.latent_dim = 100
        self.image_size = (3, 128, 128)
        self.prior = GaussianPrior(self.latent_dim)
        self.provenance = Provenance("random", None, trained=False)
        one_hot = F.one_hot(torch.tensor([class_number(class_)]), len(CLASSES)).float()
        # Not of the state dict: the class is a setting, and the same weights serve all of them.
        self.register_buffer("one_hot", one_hot, persistent=False)
        inputs = self.latent_dim + len(CLASSES)
        self.main = transposed_convolutions([inputs, 1024, 512, 256, 128, 64, 3])
        # It was trained with one, after the first ReLU. Off here, it keeps the layers' numbers.
        self.main.insert(3, nn.Dropout(0.2))
        self.eval().requires_grad_(False)

    def forward(
        self, latents: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch channels height width"]:
        inputs = torch.cat([latents, self.one_hot.expand(len(latents), -1)], dim=1)
        return self.main(inputs[:, :, None, None])

    @classmethod
    def pretrained(cls, class_: str = "blue", weights: str | Path | None = None) -> EyeGAN:
        """Load trained weights: the installed ones, or a state dict of the same layout.

        Args:
            class_: as for the class.
            weights: path of the state dict; none takes the installed file and checks its hash.

        Raises:
            InputError: there is no such class, or the weights are missing, altered, or of another
                network.
        """
        generator = cls(class_)
        path, provenance = _BUNDLED.or_own(weights)
        state = weight_files.load_tensors(path)
        try:
            generator.load_state_dict(state)
        except (TypeError, AttributeError, RuntimeError) as error:
            raise InputError(
                f"weight file {path} is not the eye generator's: expected six transposed "
                "convolutions under main.*, from 108 channels to 3"
            ) from error
        generator.provenance = provenance
        return generator


def class_number(class_: str) -> int:
    """Return the number of a class of eyes, given its name in capital or small letters.

    Raises:
        InputError: there is no such class; the message offers the one that is closest.
    """
    name = str(class_).lower()
    if name in CLASSES:
        return CLASSES.index(name)
    close = difflib.get_close_matches(name, CLASSES, n=1)
    hint = f"did you mean {close[0]}? Expected" if close else "expected"
    raise InputError(f"no class of eyes is named {class_!r}: {hint} one of {', '.join(CLASSES)}")
