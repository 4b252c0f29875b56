"""How a generator is trained."""

from __future__ import annotations

from eglass.settings import Count, Positive, settings


@settings
class Training:
    """Of the network, and of both stages of its training.

    Attributes:
        latent_dim: of the Gaussian latent.
        width: channels of the decoder's last layers; its first have up to 16 times as many.
        steps: budget of the autoencoder, a batch of images each.
        batch: images of a step.
        lr: largest learning rate of the autoencoder.
        deviation: σ of its pixels in [0, 1]: how exactly they are to be met. Smaller is sharper,
            and leaves the codes less Gaussian.
        prior_steps: budget of the flow, a batch of codes each.
        prior_batch, prior_lr: of the flow.
        every: steps after which the held-out images are looked at.
        patience: how often these may be no better before a stage ends.
    """

    latent_dim: Count = 64
    width: Count = 16
    steps: Count = 6000
    batch: Count = 32
    lr: Positive = 2e-3
    deviation: Positive = 0.03
    prior_steps: Count = 2000
    prior_batch: Count = 256
    prior_lr: Positive = 2e-3
    every: Count = 250
    patience: Count = 6
