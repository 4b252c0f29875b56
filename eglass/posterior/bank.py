"""Rejection: draws of the prior, of which those are kept that explain the measurement."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch

from eglass.errors import InputError
from eglass.posterior.draws import Draws, about
from eglass.posterior.noise import UniformBall
from eglass.posterior.target import CHUNK, Posterior
from eglass.progress import Progress, silent

#: Thresholds of a curve, to a factor of ten.
PER_DECADE = 20


@torch.no_grad()
def reject(
    posteriors: Sequence[Posterior],
    count: int,
    rng: torch.Generator,
    *,
    progress: Progress = silent,
) -> list[Draws]:
    """Return exact, independent draws of several posteriors of one generator, in one chain each.

    The prior is streamed once: every image is measured by all. This is ground truth beyond doubt,
    where feasible images are not too rare.

    Args:
        posteriors: each with noise that is uniform in a ball.
        count: draws of the prior.
        rng: of these.
        progress: called now and then, and may end it by raising.

    Raises:
        InputError: a noise is of another kind.
    """
    if not all(isinstance(posterior.noise, UniformBall) for posterior in posteriors):
        raise InputError("rejection needs noise that is uniform in a ball: UniformBall")
    began, first = time.perf_counter(), posteriors[0]
    kept: list[list[torch.Tensor]] = [[] for _ in posteriors]
    all_l2: list[list[torch.Tensor]] = [[] for _ in posteriors]
    for done in range(0, count, CHUNK):
        z = first.draw(min(CHUNK, count - done), rng)
        images = first.images(z)
        for i, posterior in enumerate(posteriors):
            l2 = posterior.problem.l2(images)
            kept[i].append(z[l2 <= posterior.noise.width])
            all_l2[i].append(l2)
        progress("bank of the prior", min(done + CHUNK, count), count)
    seconds = time.perf_counter() - began
    found = []
    for posterior, z, l2s in zip(posteriors, map(torch.cat, kept), map(torch.cat, all_l2)):
        inside = l2s[l2s <= posterior.noise.width]
        curve = empirical(l2s.cpu().numpy(), posterior.noise.width)
        log10_p, error = _log10(len(inside), count)
        found.append(
            Draws(
                z[None],
                inside[None],
                1,
                about(posterior.noise),
                curve,
                log10_p,
                error,
                (log10_p,),
                count,
                seconds,
            )
        )
    return found


def empirical(l2: np.ndarray, lowest: float) -> pd.DataFrame:
    """Return log10 P(ℓ2 ≤ t) of draws of the prior, down to a threshold, with binomial errors."""
    thresholds = grid(lowest, float(l2.max()))
    counts = np.searchsorted(np.sort(l2), thresholds, side="right")
    both = [_log10(int(n), len(l2)) for n in counts]
    return pd.DataFrame(
        {"threshold": thresholds, "log10_p": [p for p, _ in both], "error": [e for _, e in both]}
    )


def grid(lowest: float, highest: float) -> np.ndarray:
    """Return thresholds of a curve, evenly spaced in their logarithm, ending at the lowest."""
    number = max(2, math.ceil(PER_DECADE * math.log10(max(highest / lowest, 1.1))))
    return np.geomspace(highest, lowest, number)


def _log10(hits: int, count: int) -> tuple[float, float]:
    if hits == 0:
        return -math.inf, math.inf
    return math.log10(hits / count), math.sqrt((1 - hits / count) / hits) / math.log(10)
