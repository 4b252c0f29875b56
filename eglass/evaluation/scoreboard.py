"""How near anybody's set of images is to exact draws of the same measurement, in one call."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.stats import permutation_test
from torch import Tensor

from eglass.errors import InputError
from eglass.exploration import agreement
from eglass.perceptual import PerceptualMetric
from eglass.posterior.tree import clusters

#: A solution counts as one of what the measurement allows where it is as near to a draw as all but
#: this share of the draws are to one another.
ODD = 0.01
#: Share of the draws that as many draws as there are solutions would cover.
EXPECTED = 0.95


@dataclass(frozen=True)
class Score:
    """What a set of images is, beside exact draws of the same measurement.

    Attributes:
        count: how many images.
        energy: energy distance to the draws, in the metric's own root; of independent draws it is 0
            on average, and may be below.
        p_value: of a permutation test, that the images are draws as well; small, that they are not.
        modes_found: share of the draws' clusters that an image lies in.
        mass_found: share of probability that is in those.
        mass_expected: what as many independent draws would find of it, on average.
        spread_correlation: of the standard deviation at each pixel with that of the draws.
        spread_ratio: its root mean square over that of the draws: below 1, too narrow.
        coverage: share of the draws with an image among their neighbours, of which there are so
            many that independent draws would come to 0.95.
        near: share of the images that are as near to a draw as draws are to one another.
        distance_ratio: mean distance between images, over that between draws.
    """

    count: int
    energy: float
    p_value: float
    modes_found: float
    mass_found: float
    mass_expected: float
    spread_correlation: float
    spread_ratio: float
    coverage: float
    near: float
    distance_ratio: float

    def row(self) -> dict[str, float]:
        """Return all of them, by name."""
        return asdict(self)


@dataclass(frozen=True)
class Reference:
    """Exact draws of one measurement, which sets of images are held against.

    Attributes:
        perceptual: whose features are compared.
        features: of the draws.
        spread: standard deviation of the draws at each pixel, of images in [0, 1].
        cluster: which of Ward's clusters each draw is in.
    """

    perceptual: PerceptualMetric
    features: Float[Tensor, "draws features"]
    spread: Float[Tensor, "height width"]
    cluster: Int[np.ndarray, " draws"]

    @classmethod
    @torch.no_grad()
    def of(
        cls,
        images: Float[Tensor, "draws channels height width"],
        perceptual: PerceptualMetric,
        *,
        modes: int = 10,
    ) -> Reference:
        """Return what compares sets of images with draws.

        Args:
            images: of exact draws, independent of one another, in [-1, 1].
            perceptual: the metric of what is seen.
            modes: clusters that draws are put into, from 2 to as many as there are draws.

        Raises:
            InputError: there are fewer draws than modes.
        """
        if not 2 <= modes <= len(images):
            raise InputError(f"{modes} modes of {len(images)} draws: expected 2 to {len(images)}")
        features = _features(perceptual, images)
        return cls(perceptual, features, agreement(images).spread, clusters(features, modes))

    @cached_property
    def within(self) -> Float[np.ndarray, "draws draws"]:
        """Distances of the draws from one another: the roots of the metric."""
        return _distances(self.features, self.features)

    @torch.no_grad()
    def score(
        self,
        images: Float[Tensor, "count channels height width"],
        rng: np.random.Generator,
        *,
        permutations: int = 999,
    ) -> Score:
        """Return what a set of images is beside the draws.

        Args:
            images: in [-1, 1], two or more.
            rng: of the permutations.
            permutations: which the p-value is counted by; it is never below 1 of one more.

        Raises:
            InputError: there are fewer than two images, or they are of another size.
        """
        if tuple(images.shape[-2:]) != tuple(self.spread.shape):
            raise InputError(
                f"images of {images.shape[-2]} × {images.shape[-1]} pixels beside draws of "
                f"{self.spread.shape[0]} × {self.spread.shape[1]}: expected the same size"
            )
        spread = agreement(images).spread.cpu().numpy()
        features = _features(self.perceptual, images)
        among, across = _distances(features, features), _distances(features, self.features)
        energy, p_value = energy_test(among, across, self.within, rng, permutations)

        others = self.within + np.diag(np.full(len(self.within), np.inf))
        usual = np.quantile(others.min(1), 1 - ODD)
        near = across.min(1) <= usual
        found = np.unique(self.cluster[across.argmin(1)[near]])
        mass = np.bincount(self.cluster) / len(self.cluster)
        neighbours = min(len(others) - 1, _neighbours(len(images), len(others)))
        radius = np.sort(others, 1)[:, neighbours - 1]
        drawn = self.spread.cpu().numpy()
        return Score(
            count=len(images),
            energy=energy,
            p_value=p_value,
            modes_found=len(found) / len(mass),
            mass_found=float(mass[found].sum()),
            mass_expected=float((mass * (1 - (1 - mass) ** len(images))).sum()),
            spread_correlation=float(np.corrcoef(spread.ravel(), drawn.ravel())[0, 1]),
            spread_ratio=math.sqrt(float((spread**2).mean() / (drawn**2).mean())),
            coverage=float((across.min(0) <= radius).mean()),
            near=float(near.mean()),
            distance_ratio=_mean_square(among) / _mean_square(self.within),
        )


def score(
    images: Float[Tensor, "count channels height width"],
    draws: Float[Tensor, "draws channels height width"],
    perceptual: PerceptualMetric,
    *,
    rng: np.random.Generator,
    modes: int = 10,
) -> Score:
    """Return what anybody's set of images is beside exact draws of the same measurement.

    Args:
        images: in [-1, 1], two or more.
        draws: the images of exact draws, independent of one another, of the same size.
        perceptual: the metric of what is seen.
        rng: of the permutation test.
        modes: clusters that draws are put into.

    Raises:
        InputError: there are too few images or draws, or they differ in size.
    """
    return Reference.of(draws, perceptual, modes=modes).score(images, rng)


def energy_test(
    among: Float[np.ndarray, "count count"],
    across: Float[np.ndarray, "count draws"],
    within: Float[np.ndarray, "draws draws"],
    rng: np.random.Generator,
    permutations: int,
) -> tuple[float, float]:
    """Return the energy distance of two samples, and the p-value of its permutation test.

    2 E‖x − y‖ − E‖x − x'‖ − E‖y − y'‖, each mean over pairs of different images: without bias.

    Székely, Rizzo, "Energy statistics: a class of statistics based on distances", Journal of
    Statistical Planning and Inference, 2013.

    Args:
        among, across, within: distances of the first sample's images from one another, from those
            of the second, and of these from one another.
        rng: of the permutations.
        permutations: how many.
    """
    distances = np.block([[among, across], [across.T, within]])
    sums, total = distances.sum(1), distances.sum()
    n, m = across.shape

    def statistic(first: Int[np.ndarray, "... n"], _: object, axis: int = -1) -> np.ndarray:
        # All that is between or in the second sample follows from what is in the first.
        inner = distances[first[..., :, None], first[..., None, :]].sum((-2, -1))
        between = sums[first].sum(-1) - inner
        outer = total - inner - 2 * between
        return 2 * between / (n * m) - inner / (n * (n - 1)) - outer / (m * (m - 1))

    found = permutation_test(
        (np.arange(n), np.arange(n, n + m)),
        statistic,
        vectorized=True,
        n_resamples=permutations,
        # Memory for some millions of distances at a time.
        batch=max(1, 4_000_000 // n**2),
        alternative="greater",
        rng=rng,
    )
    return float(found.statistic), float(found.pvalue)


def _neighbours(count: int, draws: int) -> int:
    """Return of how many neighbours independent images miss all with probability 0.05."""
    return math.ceil(draws * (1 - (1 - EXPECTED) ** (1 / count)))


def _features(
    perceptual: PerceptualMetric, images: Float[Tensor, "count channels height width"]
) -> Float[Tensor, "count features"]:
    return torch.cat([perceptual.features(part) for part in images.split(50)])


def _distances(
    first: Float[Tensor, "count features"], second: Float[Tensor, "draws features"]
) -> Float[np.ndarray, "count draws"]:
    found = torch.cdist(first, second).cpu().numpy().astype(np.float64)
    if first is second:
        # By a product of matrices, an image is a little away from itself.
        np.fill_diagonal(found, 0)
    return found


def _mean_square(distances: Float[np.ndarray, "count count"]) -> float:
    count = len(distances)
    return float((distances**2).sum() / (count * (count - 1)))
