"""Whether ranks are uniform, as those of truths among exact draws are; what intervals cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from scipy.stats import binom

#: Levels of the intervals whose coverage is measured.
LEVELS = (0.5, 0.9)


@dataclass(frozen=True)
class Band:
    """Where the distribution function of ranks lies, all of it at once, if they are uniform.

    Säilynoja, Bürkner, Vehtari, "Graphical test for discrete uniformity and its applications in
    goodness-of-fit evaluation and multiple sample comparison", Statistics and Computing, 2022.

    Attributes:
        at: where it is looked at, fractions of all ranks.
        low, high: shares of the ranks below, at least and at most.
        least: smallest two-sided pointwise probability over `at`, of each simulated set of ranks.
    """

    at: Float[np.ndarray, " points"]
    low: Float[np.ndarray, " points"]
    high: Float[np.ndarray, " points"]
    least: Float[np.ndarray, " simulated"]

    def holds(self, ranks: Int[np.ndarray, " truths"]) -> bool:
        """Say whether the distribution function of some ranks lies within, everywhere."""
        shares = below(ranks, len(self.at))
        return bool(((self.low <= shares) & (shares <= self.high)).all())

    def p_value(self, ranks: Int[np.ndarray, " truths"]) -> float:
        """Return how often uniform ranks are as far from uniform as these, at their worst point."""
        least = _least(ranks[None], len(self.at))[0]
        return float((1 + (self.least <= least * (1 + 1e-9)).sum()) / (1 + len(self.least)))


def band(
    truths: int, draws: int, *, level: float, rng: np.random.Generator, simulated: int = 2000
) -> Band:
    """Return the simultaneous band of the distribution function of uniform ranks.

    Args:
        truths: how many ranks there are, 1 or more.
        draws: among how many draws each is a rank: it is one of 0, …, draws.
        level: probability that uniform ranks lie within, everywhere at once; between 0 and 1.
        rng: of the simulated ranks.
        simulated: sets of ranks that the band is found by.
    """
    at = np.arange(1, draws + 1) / (draws + 1)
    ranks = rng.integers(0, draws + 1, (simulated, truths))
    least = _least(ranks, draws)
    tail = float(np.quantile(least, 1 - level)) / 2
    # What lies within has more than this in either tail.
    low, high = binom.ppf(tail, truths, at), binom.isf(tail, truths, at)
    return Band(at, low / truths, high / truths, least)


def below(ranks: Int[np.ndarray, "... truths"], draws: int) -> Float[np.ndarray, "... points"]:
    """Return the distribution function of ranks: the share of them below 1, …, draws."""
    counts = np.stack([(ranks == rank).sum(-1) for rank in range(draws)], -1)
    return counts.cumsum(-1) / ranks.shape[-1]


def _least(ranks: Int[np.ndarray, "sets truths"], draws: int) -> Float[np.ndarray, " sets"]:
    truths = ranks.shape[-1]
    at = np.arange(1, draws + 1) / (draws + 1)
    counts = np.rint(below(ranks, draws) * truths)
    tails = np.minimum(binom.cdf(counts, truths, at), binom.sf(counts - 1, truths, at))
    return np.minimum(1, 2 * tails.min(-1))


def covered(ranks: Int[np.ndarray, " truths"], draws: int, level: float) -> float:
    """Return the share of truths in the central interval of the draws that is to hold `level`.

    The interval ends half way between two ranks where it does not end at one: the truth of such a
    rank counts in part.

    Args:
        ranks: of each truth among its draws, 0 to `draws`.
        level: above 0, below 1.
    """
    # A rank is a cell of width 1/(draws + 1): how much of it lies within.
    width = 1 / (draws + 1)
    start = ranks * width
    low, high = (1 - level) / 2, (1 + level) / 2
    inside = np.minimum(start + width, high) - np.maximum(start, low)
    return float((inside.clip(0) / width).mean())


def calibration_error(
    claimed: Float[np.ndarray, " claims"], happened: Float[np.ndarray, " claims"], bins: int = 10
) -> float:
    """Return the expected calibration error: how far claimed probabilities are from how often what
    they are of happened, in bins of as many claims each, on average over the claims.

    Naeini, Cooper, Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning",
    AAAI 2015, with bins of equal mass.

    Args:
        claimed: probabilities.
        happened: 1 where what they are of did happen, else 0.
        bins: 1 or more.
    """
    off = [
        len(part) * abs(claimed[part].mean() - happened[part].mean())
        for part in in_bins(claimed, bins)
    ]
    return float(sum(off) / len(claimed))


def in_bins(claimed: Float[np.ndarray, " claims"], bins: int) -> list[Int[np.ndarray, " part"]]:
    """Return which claims are in each bin, of as many each, from the smallest claims on."""
    order = np.argsort(claimed, kind="stable")
    return [part for part in np.array_split(order, bins) if len(part)]


@dataclass(frozen=True)
class Simulated:
    """What became of many truths.

    Attributes:
        ranks: a row a truth, a column a statistic: how many of the draws are below the truth.
        draws: how many draws each truth is ranked among.
        shares: a row for each truth and draw that stands for others: `claimed`, its share, and
            whether the truth was in its cell, `happened`.
    """

    ranks: pd.DataFrame
    draws: int
    shares: pd.DataFrame

    @classmethod
    def joined(cls, parts: Sequence[Simulated]) -> Simulated:
        """Return what became of the truths of several simulations, of as many draws each."""
        return cls(
            pd.concat([part.ranks for part in parts], ignore_index=True),
            parts[0].draws,
            pd.concat([part.shares for part in parts], ignore_index=True),
        )

    def band(self, level: float, rng: np.random.Generator) -> Band:
        """Return where all statistics' distribution functions lie with some probability, at least.

        Args:
            level: that probability; each statistic's own band is as much wider (Bonferroni).
            rng: of simulated ranks.
        """
        each = 1 - (1 - level) / self.ranks.shape[1]
        return band(len(self.ranks), self.draws, level=each, rng=rng)

    def table(self, band: Band, rng: np.random.Generator) -> pd.DataFrame:
        """Return a row a statistic, and one of the shares.

        Args:
            band: as `self.band` returns it.
            rng: of what shares without any error would come to.

        Returns:
            statistic, truths, draws, p_value of uniform ranks, inside (whether all of their
            distribution function is within the band), covered_50 and covered_90 by central
            intervals; of shares calibration_error, and error_by_chance, that of as many claims
            that are right.
        """
        found = [
            {
                "statistic": name,
                "p_value": band.p_value(ranks),
                "inside": bool(band.holds(ranks)),
                **{
                    f"covered_{100 * each:.0f}": covered(ranks, self.draws, each) for each in LEVELS
                },
            }
            for name, ranks in ((name, self.ranks[name].to_numpy()) for name in self.ranks)
        ]
        claimed, happened = (self.shares[name].to_numpy() for name in ("claimed", "happened"))
        right = rng.random((100, len(claimed))) < claimed
        by_chance = np.mean([calibration_error(claimed, each) for each in right.astype(float)])
        error = calibration_error(claimed, happened)
        of_shares = {"calibration_error": error, "error_by_chance": float(by_chance)}
        rows = pd.DataFrame([*found, {"statistic": "shares"} | of_shares])
        rows.insert(1, "truths", len(self.ranks))
        rows.insert(2, "draws", self.draws)
        return rows
