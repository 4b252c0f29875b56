"""From images to a generator of such images."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from eglass.errors import InputError
from eglass.generators import Provenance
from eglass.progress import Progress, silent
from eglass.training.autoencoder import BATCH, Autoencoder, squared_error
from eglass.training.data import Images, check_size
from eglass.training.decoder import Decoder, Encoder
from eglass.training.prior import CodePrior, encoded
from eglass.training.settings import Training

#: The search for the latent of a held-out image: Adam's steps, its learning rate, and λ of the
#: term λ‖z‖²/d, as an inversion has it.
SEARCH_STEPS, SEARCH_LR, PRIOR_WEIGHT = 150, 0.05, 1e-4


@dataclass(frozen=True)
class Trained:
    """A generator, and how it was trained.

    Attributes:
        decoder: in evaluation mode, its parameters frozen.
        encoder: what taught it.
        history: a row a judgement: stage, step, loss, held_out (the mean squared error of the
            autoencoder, nats a dimension of the prior).
        seen: by stage, a few images at each of its judgements, as pixels: held-out images through
            the autoencoder, and samples of the prior.
        seconds: by stage, on the clock, and `cpu` of all of them in all threads of the process.
    """

    decoder: Decoder
    encoder: Encoder
    history: pd.DataFrame
    seen: dict[str, UInt8[np.ndarray, "judgement few height width 3"]]
    seconds: dict[str, float]


def train(
    images: Images,
    settings: Training | None = None,
    *,
    seed: int = 0,
    device: torch.device | str = "cpu",
    workdir: str | Path | None = None,
    progress: Progress = silent,
) -> Trained:
    """Return a generator of images like some others: the same of the same seed.

    Args:
        images: to train on, and to judge by.
        settings: none is `Training()`.
        seed: of the first weights, the batches and the noise.
        device: what it computes on.
        workdir: where checkpoints are kept, and resumed from; none keeps none.
        progress: called now and then; what it raises ends the training.

    Raises:
        InputError: the images are of no size that a decoder is made for, or too few.
    """
    settings = settings or Training()
    place = torch.device(device)
    check_size(images.size)
    if len(images.train) < 2:
        raise InputError(f"{len(images.train)} images to train on: expected 2 or more")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        decoder = Decoder(images.size, settings.latent_dim, settings.width)
        encoder = Encoder(images.size, settings.latent_dim, settings.width)
    decoder, encoder = decoder.to(place), encoder.to(place)
    here = Images(images.train.to(place), images.held_out.to(place))

    seconds, tables, seen = {}, {}, {}
    spent = time.process_time()
    for name, stage in (
        ("autoencoder", lambda: Autoencoder(encoder, decoder, here, settings, seed)),
        ("prior", lambda: CodePrior(encoder, decoder, here, settings, seed)),
    ):
        began = time.perf_counter()
        under_way = stage()
        under_way.fit(name, place, None if workdir is None else Path(workdir), progress)
        tables[name], seconds[name] = under_way.history, time.perf_counter() - began
        seen[name] = torch.stack(under_way.seen).numpy()
    seconds["cpu"] = time.process_time() - spent
    decoder.provenance = Provenance("trained here", None)
    return Trained(
        decoder.eval().requires_grad_(False),
        encoder.eval().requires_grad_(False),
        pd.concat(tables, names=["stage"]).reset_index(level=0),
        seen,
        seconds,
    )


@torch.no_grad()
def encoded_errors(
    trained: Trained, images: Float[Tensor, "batch channels height width"]
) -> Float[Tensor, " batch"]:
    """Return the mean squared errors of images that went through encoder and decoder."""
    batches = images.to(trained.decoder.device).split(BATCH)
    decode = trained.decoder.decode
    return torch.cat([squared_error(decode(encoded(trained.encoder, x)[0]), x) for x in batches])


def nearest(
    trained: Trained,
    images: Float[Tensor, "batch channels height width"],
    progress: Progress = silent,
) -> tuple[Float[Tensor, "batch latent"], Float[Tensor, " batch"]]:
    """Return the latents whose images come nearest to some, and their mean squared errors.

    Searched by Adam from where the encoder says, a little held to the prior, as an inversion does
    that sees everything.
    """
    decoder = trained.decoder
    latents, errors = [], []
    batches = images.to(decoder.device).split(BATCH)
    for i, x in enumerate(batches):
        with torch.no_grad():
            start, _ = decoder.flow.latents(encoded(trained.encoder, x)[0])
        z = start.clone().requires_grad_()
        adam = torch.optim.Adam([z], SEARCH_LR)
        for step in range(SEARCH_STEPS):
            adam.zero_grad()
            missed = squared_error(decoder(z), x)
            (missed + PRIOR_WEIGHT * z.square().mean(1)).sum().backward()
            adam.step()
            progress("search", i * SEARCH_STEPS + step + 1, len(batches) * SEARCH_STEPS)
        with torch.no_grad():
            latents.append(z.detach())
            errors.append(squared_error(decoder(z), x))
    return torch.cat(latents), torch.cat(errors)
