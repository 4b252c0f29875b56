"""A few draws far from one another, and the share of probability that each stands for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor

from eglass.perceptual.spread import farthest


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

    Args:
        features: of the draws, by the metric of what is seen.
        count: how many to choose, from 1 to as many as there are.
        ess: how many independent draws these are worth.

    Raises:
        InputError: there are not so many draws.
    """
    chosen = np.array(farthest(features, count))
    cell = nearest(features, features[chosen])
    order = np.argsort(-np.bincount(cell, minlength=count), kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(count)
    share = np.bincount(cell, minlength=count)[order] / len(cell)
    return Cells(chosen[order], place[cell], share, share_error(share, ess))


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
