"""The first stage of training: a variational autoencoder, from images to codes and back.

Kingma and Welling, "Auto-encoding variational Bayes", ICLR 2014.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from eglass.training.data import Images, mirrored_at_random
from eglass.training.decoder import Decoder, Encoder
from eglass.training.settings import Training
from eglass.training.stage import Stage

#: Share of the budget in which the divergence from the prior comes to its own weight.
ANNEALED = 0.2
#: Images that are judged at a time.
BATCH = 128
#: Images that show how far a stage is.
FEW = 8


class Autoencoder(Stage):
    """Encoder and decoder, by the evidence lower bound with Gaussian pixels.

    What is lost of an image of n pixels in [0, 1] is
    (Σ (x − x̂)² / 2σ² + KL(q(code | x) ‖ N(0, I))) / n, the divergence annealed. Held-out images
    are judged by the mean squared error of their reconstructions from the mean codes.

    Args:
        encoder, decoder: trained in place, the decoder without its flow.
        images: to train on and to judge by, on the device.
        settings: of the training; σ is its `deviation`.
        seed: of the batches and the noise.
    """

    def __init__(
        self, encoder: Encoder, decoder: Decoder, images: Images, settings: Training, seed: int
    ):
        super().__init__(
            nn.ModuleDict({"encoder": encoder, "convolutions": decoder.convolutions}),
            steps=settings.steps,
            lr=settings.lr,
            every=settings.every,
            patience=settings.patience,
            seed=seed,
        )
        # In a tuple, because a checkpoint need not hold what is not trained here.
        self._fixed = (encoder, decoder)
        self.images = images
        self.batch = settings.batch
        self.mirrored = settings.mirrored
        self.deviation = settings.deviation

    def loss(self) -> Float[Tensor, ""]:
        encoder, decoder = self._fixed
        train = self.images.train
        chosen = self.drawn(len(train), self.batch)
        x = mirrored_at_random(train[chosen], self.mirrored, self.rng)
        mean, log_variance = encoder(x)
        codes = mean + self.normal(*mean.shape) * (log_variance / 2).exp()
        missed = squared_error(decoder.decode(codes), x) / (2 * self.deviation**2)
        divergence = (mean.square() + log_variance.exp() - 1 - log_variance).sum(1) / 2
        weight = min(1.0, self.trainer.global_step / (ANNEALED * self.steps)) / x[0].numel()
        return (missed + weight * divergence).mean()

    def judge(self) -> float:
        encoder, decoder = self._fixed
        batches = self.images.held_out.split(BATCH)
        errors = [squared_error(decoder.decode(encoder(x)[0]), x) for x in batches]
        return float(torch.cat(errors).mean())

    def look(self) -> Float[Tensor, "few channels height width"]:
        encoder, decoder = self._fixed
        return decoder.decode(encoder(self.images.held_out[:FEW])[0])


def squared_error(
    found: Float[Tensor, "batch channels height width"],
    expected: Float[Tensor, "batch channels height width"],
) -> Float[Tensor, " batch"]:
    """Return the mean squared error of images in [-1, 1], of their pixels mapped to [0, 1]."""
    return (found - expected).square().mean((1, 2, 3)) / 4
