"""BigGAN-deep, trained on ImageNet at 128, 256 and 512 pixels.

Brock, Donahue, Simonyan, "Large scale GAN training for high fidelity natural image synthesis",
ICLR 2019, in the PyTorch conversion of the package pytorch-pretrained-biggan.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from eglass import weights as weight_files
from eglass.errors import InputError
from eglass.generators import biggan_network
from eglass.generators.base import Generator
from eglass.generators.priors import Prior, TruncatedNormalPrior
from eglass.weights import Provenance, sources

if TYPE_CHECKING:
    from pytorch_pretrained_biggan import BigGAN as Network

Latent = Literal["z", "z_and_class"]


class BigGAN(Generator):
    """BigGAN-deep, its parameters frozen, at one truncation.

    The latent is z with the class fixed, or z and the embedding of the class, one after the other.
    Images are (batch, 3, size, size), from -1 to 1.

    Args:
        network: the package's `BigGAN`.
        class_: ImageNet name or number. With z alone it is required; with the class embedding it is
            where drawn latents start from, and none starts from any class.
        truncation: in (0, 1]: scale of z, which also selects the batch-norm statistics.
        latent: "z", or "z_and_class".

    Raises:
        InputError: one of them is out of range, or there is no such class.
    """

    network: Network
    one_hot: Tensor

    def __init__(
        self,
        network: Network,
        *,
        class_: str | int | None = None,
        truncation: float = 1.0,
        latent: Latent = "z",
    ):
        super().__init__()
        if latent not in get_args(Latent):
            raise InputError(f"BigGAN's latent is {latent!r}: expected one of {get_args(Latent)}")
        if not 0 < truncation <= 1:
            raise InputError(f"BigGAN's truncation is {truncation}: expected more than 0, up to 1")
        if class_ is None and latent == "z":
            raise InputError("BigGAN needs a class beside z: set generator.class_ to its name")
        config = network.config
        classes = (
            list(range(config.num_classes))
            if class_ is None
            else [class_number(class_, config.num_classes)]
        )
        self.network = network.eval().requires_grad_(False)
        self.latent = latent
        self.truncation = float(truncation)
        side = 4 * 2 ** sum(bool(doubles) for doubles, *_ in config.layers)
        self.image_size = (3, side, side)
        self.provenance = Provenance("random", None, trained=False)
        one_hot = F.one_hot(torch.tensor(classes[:1]), config.num_classes).float()
        self.register_buffer("one_hot", one_hot, persistent=False)
        self.prior: Prior = TruncatedNormalPrior(config.z_dim, self.truncation)
        if latent == "z_and_class":
            embeddings = network.embeddings.weight.detach().T.clone()
            self.prior = ClassPrior(self.prior, embeddings, classes)
        self.latent_dim = self.prior.dim

    def forward(
        self, latents: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch channels height width"]:
        try:
            if self.latent == "z":
                classes = self.one_hot.expand(len(latents), -1)
                return self.network(latents, classes, self.truncation)
            return self.network.generator(latents, self.truncation)
        finally:
            # Spectral norm leaves each weight it has computed, with its graph, on its module, where
            # it would keep the generator from being copied. The next call computes it anew.
            for module in self.network.modules():
                if hasattr(module, "weight_orig"):
                    vars(module).pop("weight", None)

    @classmethod
    def pretrained(
        cls,
        name: str = "biggan-deep-256",
        weights: str | Path | None = None,
        *,
        class_: str | int | None = "golden retriever",
        truncation: float = 1.0,
        latent: Latent = "z",
        seed: int = 0,
        download: bool = True,
    ) -> BigGAN:
        """Load trained weights, or make random ones.

        Args:
            name: "biggan-deep-128", "-256" or "-512" ("-32", for tests, has random weights only).
            weights: a folder with config.json and pytorch_model.bin; none takes the published ones
                of that name; "random" takes seeded random weights, for timing only.
            class_, truncation, latent: as for the class.
            seed: of random weights.
            download: fetch published weights that are in no cache.

        Raises:
            InputError: a setting is out of range, or the weights are missing or do not fit.
        """
        if name not in biggan_network.ARCHITECTURES:
            names = ", ".join(biggan_network.ARCHITECTURES)
            raise InputError(f"no BigGAN is named {name}: expected one of {names}")
        if weights == sources.RANDOM:
            network = biggan_network.random(name, seed)
            provenance = Provenance(f"random, seed {seed}", None, trained=False)
        else:
            config, tensors = (
                biggan_network.published(name, download=download)
                if weights is None
                else biggan_network.in_folder(Path(weights))
            )
            provenance = Provenance(name, weight_files.check(tensors, None))
            network = biggan_network.load(config, tensors)
        generator = cls(network, class_=class_, truncation=truncation, latent=latent)
        side = generator.image_size[-1]
        if not name.endswith(f"-{side}"):
            raise InputError(
                f"weights {weights} make images of {side} pixels, unlike {name}: "
                f"set generator.name=biggan-deep-{side}"
            )
        generator.provenance = provenance
        return generator


class ClassPrior(Prior):
    """z from its own prior, followed by the embedding of a class drawn at random.

    Its atypicality measures z as its own prior does, and the embedding by its distance from the
    mean of all classes' embeddings, in standard deviations of each entry.
    """

    def __init__(
        self, z: Prior, embeddings: Float[Tensor, "class embedding"], classes: Sequence[int]
    ):
        """
        Args:
            z: prior of the first part.
            embeddings: of all classes.
            classes: the ones to draw from.
        """
        self.z = z
        self.embeddings = embeddings
        self.classes = torch.tensor(classes)
        self.dim = z.dim + embeddings.shape[1]
        self.second_moment = self._mean(z.second_moment, embeddings.square())
        self.fourth_moment = self._mean(z.fourth_moment, embeddings**4)

    def _mean(self, of_z: float, of_embeddings: Tensor) -> float:
        total = of_z * self.z.dim + of_embeddings.mean(0).sum().item()
        return total / self.dim

    def sample(self, count: int, rng: torch.Generator) -> Float[Tensor, "count latent"]:
        drawn = self.classes[torch.randint(len(self.classes), (count,), generator=rng)]
        return torch.cat([self.z.sample(count, rng), self.embeddings[drawn]], dim=1)

    def atypicality(self, latents: Float[Tensor, "batch latent"]) -> Float[Tensor, " batch"]:
        z, embedding = latents.split([self.z.dim, self.dim - self.z.dim], dim=1)
        own = self._distance(self.embeddings)
        of_class = (self._distance(embedding) - own.mean()) / own.std()
        return (self.z.atypicality(z) + of_class) / math.sqrt(2)

    def _distance(self, embeddings: Tensor) -> Tensor:
        mean, std = self.embeddings.mean(0), self.embeddings.std(0)
        standard = (embeddings - mean.to(embeddings)) / std.to(embeddings)
        return standard.square().sum(1)


def class_number(class_: str | int, count: int = 1000) -> int:
    """Return the number of an ImageNet class, given its number or its name in torchvision's list.

    Raises:
        InputError: there is no such class; the message offers names that are close.
    """
    if isinstance(class_, int):
        if not 0 <= class_ < count:
            raise InputError(f"no class has number {class_}: expected 0 to {count - 1}")
        return class_
    # Imported on use: only this family needs it. Its list of names comes without a download.
    from torchvision.models import AlexNet_Weights

    names = [name.lower() for name in AlexNet_Weights.IMAGENET1K_V1.meta["categories"][:count]]
    if class_.lower() in names:
        return names.index(class_.lower())
    close = difflib.get_close_matches(class_.lower(), names) or ["golden retriever"]
    raise InputError(
        f"no ImageNet class is named {class_!r}: did you mean {' or '.join(close)}? "
        f"Give a name or a number from 0 to {count - 1}"
    )
