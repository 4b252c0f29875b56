"""How a generator is trained."""

from __future__ import annotations

from eglass.settings import Count, Mirrored, Positive, Several, settings


@settings
class Training:
    """Of the network, and of both stages of its training.

    Attributes:
        latent_dim: of the Gaussian latent; 2 or more, for its flow changes one half by the other.
        width: channels of the decoder's last layers; its first have up to 16 times as many.
        steps: budget of the autoencoder, a batch of images each.
        batch: images of a step; 2 or more, for their statistics normalise them.
        lr: largest learning rate of the autoencoder.
        mirrored: how images are mirrored at random, where their mirror image might be one as well:
            from left to right (`sides`), upside down too (`all`), or not at all.
        deviation: σ of its pixels in [0, 1]: how exactly they are to be met. Smaller is sharper,
            and leaves the codes less Gaussian.
        prior_steps: budget of the flow, a batch of codes each.
        prior_batch, prior_lr: of the flow.
        every: steps after which the held-out images are looked at.
        patience: how often these may be no better before a stage ends.
    """

    latent_dim: Several = 64
    width: Count = 16
    steps: Count = 5000
    batch: Several = 16
    lr: Positive = 2e-3
    mirrored: Mirrored | None = None
    deviation: Positive = 0.03
    prior_steps: Count = 2000
    prior_batch: Count = 256
    prior_lr: Positive = 2e-3
    every: Count = 250
    patience: Count = 6
