"""A few draws far apart that are like all, and the share of probability that each stands for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor

from eglass.perceptual.spread import farthest

#: Rounds of exchanges at most: three or four are the rule.
ROUNDS = 20


@dataclass(frozen=True)
class Cells:
    """Draws that stand for all of them: each for those that are nearer to it than to any other.

    Attributes:
        chosen: which draws, the one that stands for most first.
        cell: which of the chosen each draw is nearest to.
        share: of the draws, and so of probability, in each cell.
        error: standard error of the share.
    """

    chosen: Int[np.ndarray, " count"]
    cell: Int[np.ndarray, " draws"]
    share: Float[np.ndarray, " count"]
    error: Float[np.ndarray, " count"]


def far_apart(features: Float[Tensor, "draws features"], count: int, ess: float) -> Cells:
    """Return draws far from one another, with the share of probability that each stands for.

    On the mean they are as far apart as those that are chosen one by one, always the farthest; but
    these lie at the rim. So one is exchanged for another, as long as that makes the set more like
    all draws.

    Args:
        features: of the draws, by the metric of what is seen.
        count: how many to choose, from 1 to as many as there are.
        ess: how many independent draws these are worth.

    Raises:
        InputError: there are not so many draws.
    """
    distance = torch.cdist(features, features).double().fill_diagonal_(0)
    chosen = np.array(_more_alike(distance, farthest(features, count)))
    cell = nearest(features, features[chosen])
    order = np.argsort(-np.bincount(cell, minlength=count), kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(count)
    share = np.bincount(cell, minlength=count)[order] / len(cell)
    return Cells(chosen[order], place[cell], share, share_error(share, ess))


def _more_alike(distance: Float[Tensor, "draws draws"], chosen: list[int]) -> list[int]:
    """Return a set that is as far apart, its squared distances summed, and nearer to all draws.

    Nearer by the energy distance, as support points are (Mak and Joseph, "Support points", Annals
    of Statistics, 2018): a draw is exchanged for the one that makes it least, until none does. No
    two come closer than half of what the closest were apart.
    """
    squared, to_all = distance.square(), distance.mean(1)
    apart, others = squared[chosen][:, chosen].sum() / 2, max(len(chosen) - 1, 1)
    least = distance.clone().fill_diagonal_(math.inf)[chosen][:, chosen].min() / 2
    for _ in range(ROUNDS):
        before = chosen
        for place, current in enumerate(chosen):
            rest = chosen[:place] + chosen[place + 1 :]
            allowed = squared[:, rest].sum(1) >= apart - squared[rest][:, rest].sum() / 2
            allowed &= ~(distance[:, rest] < least).any(1)
            allowed[rest], allowed[current] = False, True
            # What of the energy distance depends on this draw.
            energy = to_all - distance[:, rest].sum(1) / others
            best = int(torch.where(allowed, energy, torch.inf).argmin())
            if energy[best] < energy[current]:
                chosen = [*chosen[:place], best, *chosen[place + 1 :]]
        if chosen == before:
            break
    return chosen


def nearest(
    features: Float[Tensor, "images features"], centres: Float[Tensor, "count features"]
) -> Int[np.ndarray, " images"]:
    """Return which centre each image is nearest to."""
    return torch.cdist(features, centres).argmin(1).cpu().numpy()


def share_error(share: Float[np.ndarray, ...], ess: float) -> Float[np.ndarray, ...]:
    """Return the Monte-Carlo standard error of shares of draws.

    Args:
        ess: how many independent draws they are worth.
    """
    return np.sqrt(share * (1 - share) / ess)


def spaced(draws: Shaped[Tensor, "draws ..."], most: int) -> Shaped[Tensor, "kept ..."]:
    """Return draws evenly spaced among all, so many at most: the least alike of a chain's."""
    kept = np.linspace(0, len(draws) - 1, min(len(draws), most)).round()
    return draws[kept.astype(int)]
