"""Rejection: draws of the prior, of which those are kept that explain the measurement."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from eglass.errors import InputError
from eglass.posterior.draws import Draws, about
from eglass.posterior.kernels import SAFETY
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
    rounded: bool = False,
    progress: Progress = silent,
) -> list[Draws]:
    """Return exact, independent draws of several posteriors of one generator, in one chain each.

    The prior is streamed once: every image is measured by all, and once by those that share an
    operator. This is ground truth beyond doubt, where feasible images are not too rare.

    Args:
        posteriors: each with noise that is uniform in a ball.
        count: draws of the prior.
        rng: of these.
        rounded: look at all in bfloat16 first, and in single precision only at what that leaves
            near to a threshold: sooner on a device that multiplies it, and as exact as long as
            `excess` of the draws is at most 1.
        progress: called now and then, and may end it by raising.

    Raises:
        InputError: a noise is of another kind.
    """
    if not all(isinstance(posterior.noise, UniformBall) for posterior in posteriors):
        raise InputError("rejection needs noise that is uniform in a ball: UniformBall")
    began, first = time.perf_counter(), posteriors[0]
    rough = _Rough(posteriors, rng) if rounded else None
    kept: list[list[torch.Tensor]] = [[] for _ in posteriors]
    # In one piece: many small ones, between them, keep the C library from using memory again.
    all_l2 = torch.empty(len(posteriors), count)
    for done in range(0, count, CHUNK):
        z = first.draw(min(CHUNK, count - done), rng)
        for i, l2 in enumerate(rough.l2(z) if rough else _l2(posteriors, first.images(z))):
            if (inside := l2 <= posteriors[i].noise.width).any():
                kept[i].append(z[inside])
            all_l2[i, done : done + len(z)] = l2
        progress("bank of the prior", min(done + CHUNK, count), count)
    seconds = time.perf_counter() - began
    found = []
    for posterior, parts, l2s in zip(posteriors, kept, all_l2):
        z = torch.cat([first.draw(0, rng), *parts])
        inside = l2s[l2s <= posterior.noise.width].to(z)
        curve = empirical(l2s.numpy(), posterior.noise.width)
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
                rough.excess if rough else 0.0,
            )
        )
    return found


def _l2(
    posteriors: Sequence[Posterior], images: Float[Tensor, "count channels height width"]
) -> list[Float[Tensor, " count"]]:
    """Return ℓ2 of images for each measurement."""
    forward: dict[int, Tensor] = {}
    for problem in (posterior.problem for posterior in posteriors):
        if id(problem.physics) not in forward:
            forward[id(problem.physics)] = problem.forward(images)
    return [each.problem.l2_of(forward[id(each.problem.physics)]) for each in posteriors]


class _Rough:
    """ℓ2 by bfloat16, and by single precision of draws that are near to a threshold.

    Attributes:
        excess: the largest share of the slack that a feasible draw made use of.
    """

    def __init__(self, posteriors: Sequence[Posterior], rng: torch.Generator):
        self.posteriors, self.rounded = posteriors, posteriors[0].rounded()
        self.limits = [posterior.noise.width for posterior in posteriors]
        z = posteriors[0].draw(CHUNK, rng)
        both = zip(self._rough(z), self._exact(z))
        self.slack = [SAFETY * float((rough - l2).abs().max()) for rough, l2 in both]
        self.excess = 0.0

    def l2(self, z: Float[Tensor, "count dim"]) -> list[Float[Tensor, " count"]]:
        """Return ℓ2 of draws of the prior for each measurement."""
        found = self._rough(z)
        edges = zip(found, self.limits, self.slack)
        near = torch.stack([l2 <= limit + slack for l2, limit, slack in edges]).any(0)
        if near.any():
            exact = self._exact(z[near])
            for rough, l2, limit, slack in zip(found, exact, self.limits, self.slack):
                used = (rough[near] - l2)[l2 <= limit] / slack
                self.excess = max([self.excess, *used.tolist()])
                rough[near] = l2
        return found

    def _rough(self, z: Float[Tensor, "count dim"]) -> list[Float[Tensor, " count"]]:
        return _l2(self.posteriors, self.rounded.images(z))

    def _exact(self, z: Float[Tensor, "count dim"]) -> list[Float[Tensor, " count"]]:
        return _l2(self.posteriors, self.posteriors[0].images(z))


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
