"""The second stage of training: a flow from the Gaussian prior to where the codes are.

Dai and Wipf, "Diagnosing and enhancing VAE models", ICLR 2019, learn the prior last, too.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.training.autoencoder import BATCH, FEW
from eglass.training.data import Images, mirrored_every_way
from eglass.training.decoder import Decoder, Encoder
from eglass.training.settings import Training
from eglass.training.stage import Stage


class CodePrior(Stage):
    """The flow, by the likelihood of the codes of all images, drawn as the encoder draws them.

    Both that and how the held-out are judged is in nats a dimension.

    Args:
        encoder: trained already.
        decoder: whose flow is trained in place.
        images: to train on and to judge by, on the device.
        settings: of the training.
        seed: of the batches and the noise.
    """

    def __init__(
        self, encoder: Encoder, decoder: Decoder, images: Images, settings: Training, seed: int
    ):
        super().__init__(
            decoder.flow,
            steps=settings.prior_steps,
            lr=settings.prior_lr,
            every=settings.every,
            patience=settings.patience,
            seed=seed,
        )
        # In a tuple, because a checkpoint need not hold what is not trained here.
        self._fixed = (decoder,)
        self.flow = decoder.flow
        self.batch = settings.prior_batch
        ways = mirrored_every_way(images.train, settings.mirrored)
        self.train_codes = [torch.cat(each) for each in zip(*(encoded(encoder, x) for x in ways))]
        mean, deviation = encoded(encoder, images.held_out)
        noise = torch.randn(mean.shape, generator=self.rng).to(mean)
        self.held_out_codes = mean + noise * deviation
        self.latents = decoder.sample(FEW, self.rng)
        self.flow.fit_scale(self.train_codes[0])

    def loss(self) -> Float[Tensor, ""]:
        mean, deviation = self.train_codes
        chosen = self.drawn(len(mean), self.batch)
        codes = mean[chosen] + self.normal(len(chosen), mean.shape[1]) * deviation[chosen]
        return -self.flow.log_density(codes).mean() / mean.shape[1]

    def judge(self) -> float:
        codes = self.held_out_codes
        return -float(self.flow.log_density(codes).mean()) / codes.shape[1]

    def look(self) -> Float[Tensor, "few channels height width"]:
        (decoder,) = self._fixed
        return decoder(self.latents)


@torch.no_grad()
def encoded(
    encoder: Encoder, images: Float[Tensor, "batch channels height width"]
) -> tuple[Float[Tensor, "batch latent"], Float[Tensor, "batch latent"]]:
    """Return the means and the standard deviations of the codes of images."""
    found = [encoder(x) for x in images.split(BATCH)]
    mean, log_variance = (torch.cat(parts) for parts in zip(*found))
    return mean, (log_variance / 2).exp()
