"""Whether a generator makes such pictures at all: a measurement held against its own samples'.

The range of a generator is what it can make; outside of it, an image that fits the measurement is
one that the generator, or its adapted weights, made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.generators.base import Generator
from eglass.inversion.bank import LatentBank, Measured, entries
from eglass.perceptual import LPIPS
from eglass.problems import Problem
from eglass.progress import Progress, silent
from eglass.settings import Count, Natural, NotNegative, Positive, Several, Share, settings

#: What is added to a covariance of features before it is inverted, a share of its mean variance.
RIDGE = 0.05

#: Images at a time.
BATCH = 50


@dataclass(frozen=True)
class Verdict:
    """Whether a picture lies in a generator's range, and what says so.

    Attributes:
        scores: of the picture, larger is farther out: `l2`, which the frozen generator comes down
            to; `atypicality` of the latent there; `measurement` and, where it is known, `target`:
            how far what they look like is from the generator's own, 1 being its median.
        usual: the same of the generator's own samples, medians.
        limits: beyond any of which a picture is outside.
    """

    scores: dict[str, float]
    usual: dict[str, float]
    limits: dict[str, float]

    @property
    def inside(self) -> bool:
        return self.excess <= 1

    @property
    def excess(self) -> float:
        """The largest score, 0 as usual and 1 at its limit."""
        return max(
            (score - self.usual[name]) / (self.limits[name] - self.usual[name])
            for name, score in self.scores.items()
        )

    @property
    def meta(self) -> dict[str, Any]:
        """What a record says of it."""
        return {"inside": self.inside, "reasons": self.reasons, **asdict(self)}

    @property
    def reasons(self) -> list[str]:
        """A sentence for each score beyond its limit."""
        sentences = {
            "l2": "it comes no nearer to the measurement than ℓ2 {0:.1e}, its own samples within "
            "{1:.1e}",
            "atypicality": "the nearest latent is {0:.1f} standard deviations from typical, at "
            "most {1:g} expected",
            "measurement": "the measurement is {0:.1f} × as unusual as its samples', at most "
            "{1:.1f} × expected",
            "target": "the target is {0:.1f} × as unusual as its samples, at most {1:.1f} × "
            "expected",
        }
        return [
            sentences[name].format(score, self.limits[name])
            for name, score in self.scores.items()
            if score > self.limits[name]
        ]


@dataclass(frozen=True)
class Appearance:
    """A Gaussian of what images look like, in features of a network.

    Lee et al., "A simple unified framework for detecting out-of-distribution samples and
    adversarial attacks", NeurIPS 2018: a distance of Mahalanobis.

    Attributes:
        mean: of the features.
        whitening: takes what differs from it to even coordinates, in which a fresh image is 1 away.
    """

    mean: Float[Tensor, " features"]
    whitening: Float[Tensor, "features features"]

    @classmethod
    def of(
        cls,
        features: Float[Tensor, "count features"],
        held_out: Float[Tensor, "others features"],
    ) -> tuple[Appearance, Float[Tensor, " others"]]:
        """Return the Gaussian of some images' features, and how far those of others of the same
        kind are: 1, in the median.
        """
        covariance = torch.cov(features.T)
        ridge = RIDGE * covariance.diagonal().mean()
        eye = torch.eye(len(covariance)).to(covariance)
        root = torch.linalg.cholesky(covariance + ridge * eye)
        whitening = torch.linalg.solve_triangular(root, eye, upper=False)
        raw = cls(features.mean(0), whitening)
        distances = raw(held_out)
        return cls(raw.mean, whitening / distances.median()), distances / distances.median()

    def __call__(self, features: Float[Tensor, "count features"]) -> Float[Tensor, " count"]:
        """Return how far features are from the mean."""
        return torch.linalg.vector_norm((features - self.mean) @ self.whitening.T, dim=1)


@dataclass(frozen=True)
class Reference:
    """What a generator's own samples score under one operator.

    Attributes:
        measurement, target: what their measurements and they themselves look like.
        usual, limits: median of each score, and what few samples are beyond.
    """

    measurement: Appearance
    target: Appearance
    usual: dict[str, float]
    limits: dict[str, float]

    def verdict(self, scores: Mapping[str, float]) -> Verdict:
        """Return what some scores say."""
        usual, limits = ({name: of[name] for name in scores} for of in (self.usual, self.limits))
        return Verdict(dict(scores), usual, limits)


@settings
class RangeTest:
    """Says whether a measurement, and its target where it is known, lie in a generator's range.

    The generator stays as it was trained. A short search looks for the measurement, from the
    regression of latents on measurements; deep features are those of all layers, averaged over the
    image, of Aᵀy and of the target. All is held against what the generator's own samples score.

    Attributes:
        network: whose features say what images look like.
        bank: samples that the regression and the features' statistics are of.
        held_out: further samples, which say what is usual, and how far out they get.
        searched: how many of these are searched for.
        steps, lr, prior_weight: of the search, Adam on ℓ2 + λ‖z‖²/d.
        level: share of the generator's own samples that lies below a limit.
        atypical: limit on the atypicality of the latent, in standard deviations.
        seed: of the samples.
    """

    network: LPIPS
    bank: Several = 500
    held_out: Several = 200
    searched: Several = 40
    steps: Count = 40
    lr: Positive = 0.1
    prior_weight: NotNegative = 1e-3
    level: Share = 0.99
    atypical: Positive = 3.0
    seed: Natural = 78

    @cached_property
    def known(self) -> LatentBank:
        """The bank, kept from one measurement to the next."""
        return LatentBank(self.bank, self.seed)

    def __call__(
        self,
        generator: Generator,
        problem: Problem,
        *,
        target: Float[Tensor, "1 channels height width"] | None = None,
        reference: Reference | None = None,
        progress: Progress = silent,
    ) -> Verdict:
        """Return the verdict on a measurement.

        Args:
            generator: as it was trained.
            problem: the measurement.
            target: what was measured, where it is known, in [-1, 1].
            reference: as `reference` returns it for this generator and operator; none computes it.
            progress: called now and then; what it raises ends the computation.
        """
        own = reference or self.reference(generator, problem, progress)
        found = self.scores(generator, problem, own, entries(problem), target)
        scores = {name: float(score) for name, score in found.items()}
        return own.verdict(scores)

    def scores(
        self,
        generator: Generator,
        problem: Problem,
        reference: Reference,
        y: Float[Tensor, "count entries"],
        targets: Float[Tensor, "count channels height width"] | None = None,
    ) -> dict[str, Float[Tensor, " count"]]:
        """Return the scores of many measurements by one operator.

        Args:
            generator: as it was trained.
            problem: whose operator counts; its measurement does not.
            reference: of both.
            y: the measurements, as `Problem.push_forward` has those of images above black.
            targets: what was measured, where it is known, in [-1, 1].
        """
        known = self.known.measured(generator, problem)
        l2, atypicality = self._searched(generator, problem, known, y)
        looks = reference.measurement(self._features(_seen(problem, y)))
        scores = {"l2": l2, "atypicality": atypicality, "measurement": looks}
        if targets is not None:
            scores["target"] = reference.target(self._features(targets))
        return scores

    def reference(
        self, generator: Generator, problem: Problem, progress: Progress = silent
    ) -> Reference:
        """Return what the generator's own samples score: a few seconds on a small generator.

        Args:
            generator: as it was trained.
            problem: whose operator and noise count; its measurement does not.
            progress: called now and then; what it raises ends the computation.
        """
        known = self.known.measured(generator, problem)
        rng = torch.Generator().manual_seed(self.seed + 1)
        images = _images(generator, generator.sample(self.held_out, rng))
        with torch.no_grad():
            y = torch.cat([problem.push_forward(part + 1) for part in images.split(BATCH)])
        y = y + problem.noise * _noise(problem, y, rng)
        looks = {
            "measurement": (_seen(problem, known.measurements + known.mean), _seen(problem, y)),
            "target": (_images(generator, known.latents), images),
        }
        appearances, own = {}, {}
        for done, (name, (bank, held_out)) in enumerate(looks.items()):
            progress("own samples", done, len(looks) + 1, 0.0)
            appearances[name], own[name] = Appearance.of(
                self._features(bank), self._features(held_out)
            )
        own["l2"], own["atypicality"] = self._searched(
            generator, problem, known, y[: self.searched]
        )
        progress("own samples", len(looks) + 1, len(looks) + 1, 0.0)
        return Reference(
            appearances["measurement"],
            appearances["target"],
            {name: float(scores.median()) for name, scores in own.items()},
            {name: float(scores.quantile(self.level)) for name, scores in own.items()}
            | {"atypicality": self.atypical},
        )

    def _features(
        self, images: Float[Tensor, "count channels height width"]
    ) -> Float[Tensor, "count features"]:
        with torch.no_grad():
            return torch.cat(
                [
                    torch.cat([layer.mean((2, 3)) for layer in self.network.activations(part)], 1)
                    for part in images.split(BATCH)
                ]
            )

    def _searched(
        self,
        generator: Generator,
        problem: Problem,
        known: Measured,
        y: Float[Tensor, "count entries"],
    ) -> tuple[Float[Tensor, " count"], Float[Tensor, " count"]]:
        """Return the least ℓ2 of the images that a short search finds for each of some
        measurements, and the atypicality of its latent.
        """
        starts = torch.cat([known.corrected(each, 1) for each in y.split(1)])
        latents = starts.clone().requires_grad_()
        best, at = y.new_full((len(y),), torch.inf), starts
        adam = torch.optim.Adam([latents], lr=self.lr)
        for _ in range(self.steps):
            l2 = (problem.push_forward(generator(latents) + 1) - y).square().sum(1)
            better = l2.detach() < best
            best = torch.where(better, l2.detach(), best)
            at = torch.where(better[:, None], latents.detach(), at)
            adam.zero_grad()
            (l2 + self.prior_weight * latents.square().mean(1)).sum().backward()
            adam.step()
        return best, generator.prior.atypicality(at)


@torch.no_grad()
def _images(
    generator: Generator, latents: Float[Tensor, "count latent"]
) -> Float[Tensor, "count channels height width"]:
    return torch.cat([generator(part) for part in latents.split(BATCH)])


@torch.no_grad()
def _seen(
    problem: Problem, y: Float[Tensor, "count entries"]
) -> Float[Tensor, "count channels height width"]:
    """Return Aᵀy as pictures in [-1, 1], in the scale in which AᵀA keeps white on average."""
    white = torch.ones(1, *problem.image_size, device=problem.device)
    scale = problem.pull_back(problem.push_forward(white)).abs().mean()
    pictures = torch.cat([problem.pull_back(part) for part in y.split(BATCH)])
    return (pictures / scale - 1).clamp(-1, 1)


def _noise(
    problem: Problem, y: Float[Tensor, "count entries"], rng: torch.Generator
) -> Float[Tensor, "count entries"]:
    """Return noise of standard deviation 1, as `push_forward` scales it, where y is measured."""
    drawn = torch.randn(y.shape, generator=rng).to(y)
    return drawn * (y != 0).any(0) / problem.entries**0.5
