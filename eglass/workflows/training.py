"""A generator of one's own: trained once, resumed, and shown on a page."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from omegaconf import DictConfig

from eglass.configuration.build import build, plain
from eglass.errors import InputError
from eglass.generators import check_generator
from eglass.images import to_pixels
from eglass.pipeline import in_words
from eglass.progress import ProgressBar
from eglass.records import IMAGE_SUFFIXES, Origin, Record, sha256
from eglass.records.environment import environment
from eglass.reporting.figures import save
from eglass.reporting.training_figures import (
    held_out_figure,
    samples_figure,
    training_figure,
    worst_figure,
)
from eglass.reporting.training_page import write_page
from eglass.training import Images, Trained, Training, encoded_errors, nearest, split, train
from eglass.workflows import tracking
from eglass.workflows.networks import torch_device
from eglass.workflows.work import Work, done, workdir

#: What of the configuration decides what comes out.
SECTIONS = ("images", "size", "held_out", "searched", "training", "seed")
#: What computes.
MODULES = ("eglass.training",)
#: Random images on the page.
SAMPLES = 60


def run(cfg: DictConfig) -> Iterator[str]:
    """Train, write what came out, and yield the lines that say what and where.

    Raises:
        InputError: a setting or an image cannot be used.
    """
    settings: Training = build(cfg.training)
    device = torch_device(cfg.device)
    log = tracking.tracker(cfg)
    results = Path(cfg.results)
    place, weights = results / "training", results / "decoder.safetensors"
    origin = Origin.of(_configuration(cfg), modules=MODULES)

    def compute() -> Record:
        images = _images(cfg)
        checkpoints = workdir(cfg, origin)
        progress = ProgressBar()
        trained = train(
            images,
            settings,
            seed=cfg.seed,
            device=device,
            workdir=checkpoints,
            progress=progress,
        )
        check_generator(trained.decoder)
        record = _record(cfg, images, trained, progress)
        trained.decoder.save(weights)
        record.meta |= origin.meta
        record.meta["weights"] = {
            "generator": {"source": weights.name, "sha256": sha256(weights), "trained": True}
        }
        record.save(place)
        shutil.rmtree(checkpoints, ignore_errors=True)
        return record

    (record,) = done(cfg, [Work(cfg.profile.name, place, origin, compute)], "trainings")
    if not _is_whole(weights, record):
        # Another training under the same name, or by hand: these are not the weights of the page.
        record = compute()
    log.log_training(record, f"training/{cfg.profile.name}")
    pictures = {
        name: save(draw(record), results / f"training_{name}")
        for name, draw in (
            ("samples", samples_figure),
            ("held_out", held_out_figure),
            ("worst", worst_figure),
            ("training", training_figure),
        )
    }
    page = results / "training.html"
    write_page(page, record, pictures, weights)
    numbers = record.meta["numbers"]
    yield (
        f"held out: RMSE {numbers['nearest_rmse']:.4f} of pixels in [0, 1], "
        f"{numbers['share_at_1e-3']:.0%} at a mean squared error of 1e-3 or less"
    )
    yield f"page: {page}\nweights: {weights}"


def _images(cfg: DictConfig) -> Images:
    """Read or make the images, and hold some of them out."""
    if not 0 < cfg.held_out < 1:
        raise InputError(f"held_out is {cfg.held_out}: expected a share between 0 and 1")
    everything = build(cfg.images, size=tuple(cfg.size))
    return split(everything, cfg.held_out, torch.Generator().manual_seed(cfg.seed))


def _configuration(cfg: DictConfig) -> dict[str, Any]:
    """Return all that decides what comes out: a folder by what is in it."""
    config = {name: plain(cfg)[name] for name in SECTIONS}
    folder = cfg.images.get("folder")
    if folder is not None and (place := Path(folder).expanduser()).is_dir():
        paths = sorted(path for path in place.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
        listed = "".join(f"{sha256(path)} {path.name}\n" for path in paths)
        config["contents"] = hashlib.sha256(listed.encode()).hexdigest()
    return config


def _is_whole(weights: Path, record: Record) -> bool:
    """Say whether the weights are those that a record is of."""
    return weights.is_file() and sha256(weights) == record.meta["weights"]["generator"]["sha256"]


@torch.no_grad()
def _record(cfg: DictConfig, images: Images, trained: Trained, progress: ProgressBar) -> Record:
    """Return all that the page and W&B need."""
    decoder = trained.decoder
    chosen = images.held_out[: cfg.searched].to(decoder.device)
    encoded = encoded_errors(trained, chosen)
    with torch.enable_grad():
        latents, errors = nearest(trained, chosen, progress)
    rng = torch.Generator().manual_seed(cfg.seed)
    samples = decoder(decoder.sample(SAMPLES, rng))
    found = torch.cat([decoder(z) for z in latents.split(64)])
    table = pd.DataFrame({"encoded": encoded.cpu().numpy(), "nearest": errors.cpu().numpy()})
    folder = cfg.images.get("folder")
    return Record(
        {
            "source": "Phantoms" if folder is None else Path(folder).expanduser().resolve().name,
            "size": list(images.size),
            "training": asdict(build(cfg.training)),
            "numbers": {
                "trained_on": len(images.train),
                "held_out": len(images.held_out),
                "encoded_rmse": float(encoded.mean().sqrt()),
                "nearest_rmse": float(errors.mean().sqrt()),
                "nearest_median": float(errors.median()),
                "nearest_worst": float(errors.max()),
                "share_at_1e-3": float((errors <= 1e-3).float().mean()),
                "latent_norm": float(latents.norm(dim=1).mean() / decoder.latent_dim**0.5),
            },
            "timings": trained.seconds,
            "environment": environment(in_words(decoder.device)),
        },
        {
            "samples": to_pixels(samples),
            "held_out": to_pixels(chosen),
            "nearest": to_pixels(found),
            **{f"seen_{stage}": pixels for stage, pixels in trained.seen.items()},
        },
        {"history": trained.history, "held_out": table},
    )
