"""What is kept of an exploration: all that figures, tables and Weights & Biases draw from.

Where it is kept is the caller's matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from eglass.errors import InputError
from eglass.evaluation.verdict import Verdict
from eglass.exploration import Explorer, Solutions, StartingPoint, agreement, prior_spread
from eglass.generators import Generator
from eglass.images import to_pixels
from eglass.perceptual import PerceptualMetric
from eglass.pipeline import Strip, in_words
from eglass.problems import is_picture, shown_measurement
from eglass.records import Record
from eglass.records.environment import environment


def exploration_record(
    start: StartingPoint,
    found: Sequence[Solutions],
    *,
    shown: Explorer,
    about: Mapping[str, Any],
    target: Float[Tensor, "1 channels height width"] | None = None,
    strip: Strip | None = None,
    correlation: pd.DataFrame | None = None,
    fresh_spread: Float[Tensor, "height width"] | None = None,
    verdict: Verdict | None = None,
) -> Record:
    """Return all that figures, tables and W&B need of one exploration.

    Args:
        found: every set of solutions, in the order that tables have them.
        shown: the explorer whose solutions are shown, and agree or differ.
        about: what a record says of itself besides: `problem` (name, title), `target` (name, kind,
            enlargement), and whatever else is to be kept with it, such as seeds or a configuration.
        target: the image that was measured, where it is known.
        strip: as `strip_along` returns it.
        correlation: as `correlations` returns it.
        fresh_spread: as `prior_spread` returns it; without it, it is estimated here.
        verdict: whether the generator makes such pictures; none where it was not asked.

    Raises:
        InputError: no solutions of the shown explorer are given, or only one.
    """
    problem, geometry = start.problem, start.geometry
    ours = next((solutions for solutions in found if solutions.method == shown.method), None)
    if ours is None:
        raise InputError(
            f"{shown.method.title} is to be shown: expected solutions of it among "
            f"{', '.join(part.method.title for part in found) or 'none'}"
        )
    feasible = ours.images[ours.feasible]
    if ours.summary is not None:
        # Of all draws, of which the solutions are a few that are far apart.
        feasible = ours.summary.images
    both = agreement(feasible if len(feasible) > 1 else ours.images)
    histories = [start.inverted.history] + [
        part.history.assign(stage=part.method.key) for part in found if part.history is not None
    ]
    if fresh_spread is None:
        fresh_spread = prior_spread(start.prior_generator, rng=torch.Generator().manual_seed(0))
    solutions = pd.concat([part.table for part in found], ignore_index=True)
    solutions.insert(0, "problem", about["problem"]["name"])
    solutions.insert(1, "target", about["target"]["name"])
    channels = start.prior_generator.shown
    arrays = {
        "measurement": shown_measurement(problem, channels),
        "initial": to_pixels(start.image, channels)[0],
        "solution_images": to_pixels(torch.cat([part.images for part in found]), channels),
        "solution_latents": torch.cat([part.latents for part in found]).cpu().numpy(),
        "mean": to_pixels(both.mean[None], channels)[0],
        "spread": both.spread.cpu().numpy(),
        "prior_spread": fresh_spread.cpu().numpy(),
        **{
            name: getattr(geometry, name).cpu().numpy()
            for name in ("z0", "H_Y", "H_X", "Lambda", "U", "Omega", "V", "C")
        },
    }
    tables = {
        "solutions": solutions,
        "history": pd.concat(histories)[["stage", "step", "start", "l2", "seconds"]],
    }
    if (measured := problem.measured_pixels()) is not None:
        arrays["measured"] = measured.cpu().numpy()
    if target is not None:
        arrays["target"] = to_pixels(target, channels)[0]
    if correlation is not None:
        tables["correlation"] = correlation
    if ours.summary is not None:
        tables |= ours.summary.tables
        pictures = {"tree_images": ours.summary.of_nodes, "walk_images": ours.summary.of_walks}
        arrays |= {name: to_pixels(images, channels) for name, images in pictures.items()}
    if strip is not None:
        tables["strip"] = strip.solutions.table
        shown_ones = [direction == strip.shown for direction in strip.solutions.directions]
        arrays["strip_images"] = to_pixels(strip.solutions.images[shown_ones], channels)
    meta = {
        **about,
        "problem": {
            "threshold": problem.threshold,
            "noise": problem.noise,
            "entries": problem.entries,
            "picture": is_picture(problem.measurement, problem.image_size[0]),
            **about["problem"],
        },
        "perceptual": {"key": start.perceptual.key, "title": start.perceptual.title},
        "methods": {part.method.key: part.method.title for part in found},
        "explorer": {
            "method": shown.method.key,
            "consistent": ours.consistent,
            "note": ours.note,
            # Anybody's explorer need not be a dataclass.
            "settings": asdict(shown) if is_dataclass(shown) else {},
        },
        "strip": None if strip is None else asdict(strip.shown),
        "inversion": {
            "l2": start.inverted.l2,
            "target": start.inverted.target,
            "reached": start.inverted.reached,
        },
        "verdict": None if verdict is None else verdict.meta,
        "timings": start.seconds | {part.method.key: part.seconds for part in found},
        "weights": weights(start.prior_generator, start.perceptual),
        "environment": environment(in_words(problem.device)),
    }
    return Record(meta, arrays, tables)


def weights(generator: Generator, perceptual: PerceptualMetric) -> dict[str, Any]:
    """Return where the weights of both networks come from."""
    return {
        "generator": asdict(generator.provenance),
        "perceptual": asdict(perceptual.provenance),
    }
