"""Images that were proposed as explanations of one measurement, each measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from eglass.errors import InputError
from eglass.exploration import showing
from eglass.generators.base import Generator
from eglass.posterior.summary import Summary
from eglass.records.names import Direction, Method


@dataclass(frozen=True)
class Solutions:
    """What one method proposed: infeasible images are kept, and marked.

    Attributes:
        method: which one.
        latents, images: of each; images in [-1, 1].
        directions: what each was found along, or from.
        steps: η of each; NaN where there is none.
        l2: to the measurement.
        metric: key of the perceptual metric, which the table's column is called after.
        distance: by that metric, to G(z0).
        feasible: whether ℓ2 is at most the problem's threshold.
        atypicality: standard score of the latent's squared norm under the prior.
        off_by: error that nine in ten of the measured entries do not exceed, of images in [0, 1].
        seconds: that finding all of them took; 0 if not timed.
        consistent: whether the images were brought onto the measurement, by
            `StartingPoint.consistent`; latents are those that they came from.
        history: of the search that found them, a row a step and start; none where there was none.
        shown: the channels that pictures show, as for `eglass.images.displayed`.
        summary: what the measurement leaves open, of a method that draws exactly.
        note: what the method says to people besides, in a sentence; empty if nothing.
    """

    method: Method
    latents: Float[Tensor, "count latent"]
    images: Float[Tensor, "count channels height width"]
    directions: Sequence[Direction]
    steps: Sequence[float]
    l2: Float[Tensor, " count"]
    metric: str
    distance: Float[Tensor, " count"]
    feasible: Bool[Tensor, " count"]
    atypicality: Float[Tensor, " count"]
    off_by: Float[Tensor, " count"]
    seconds: float = 0.0
    consistent: bool = False
    history: pd.DataFrame | None = None
    shown: tuple[int, int, int] | None = None
    summary: Summary | None = None
    note: str = ""

    def __len__(self) -> int:
        return len(self.latents)

    @property
    def rmse(self) -> Float[Tensor, " count"]:
        """Root mean square error of the measurement of each, of images in [0, 1]."""
        return self.l2.sqrt()

    @property
    def psnr(self) -> Float[Tensor, " count"]:
        """Peak signal-to-noise ratio of the measurement of each, in dB; infinite where ℓ2 is 0."""
        return -10 * self.l2.log10()

    @property
    def table(self) -> pd.DataFrame:
        """A row for each: method, direction, kind, number, step, l2, psnr, the distance under
        its metric's key (such as lpips), feasible, atypicality, off_by, seconds (its
        share).
        """
        rows = pd.DataFrame([direction.columns() for direction in self.directions])
        rows.insert(0, "method", self.method.key)
        found = {
            "step": list(self.steps),
            "l2": self.l2.tolist(),
            "psnr": self.psnr.tolist(),
            self.metric: self.distance.tolist(),
            "feasible": self.feasible.tolist(),
            "atypicality": self.atypicality.tolist(),
            "off_by": self.off_by.tolist(),
            "seconds": self.seconds / max(1, len(self)),
        }
        return rows.assign(**found)

    def save(self, folder: str | Path) -> Path:
        """Write every image as a PNG, all of them as `solutions.png`, and the table as
        `solutions.csv`; return the path of `solutions.png`.
        """
        return showing.save(self, folder)

    def show(self) -> None:
        """Open all images as one picture, in the system's viewer; notebooks show them unasked."""
        showing.sheet(self).show()

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return showing.as_html(self)


@dataclass(frozen=True)
class Agreement:
    """What solutions agree on, pixel by pixel.

    Attributes:
        mean: in [-1, 1].
        spread: standard deviation over the solutions of images in [0, 1], root mean square over
            channels: 0 where all agree, at most 0.5.
    """

    mean: Float[Tensor, "channels height width"]
    spread: Float[Tensor, "height width"]


@torch.no_grad()
def prior_spread(
    generator: Generator, *, rng: torch.Generator, count: int = 100
) -> Float[Tensor, "height width"]:
    """Return the spread, as `Agreement` has it, of images of fresh latents: of solutions of no
    measurement at all.

    Args:
        generator: whose images.
        rng: of the latents.
        count: how many, 2 or more.
    """
    batches = generator.sample(count, rng).split(25)
    return agreement(torch.cat([generator(batch) for batch in batches])).spread


def agreement(images: Float[Tensor, "count channels height width"]) -> Agreement:
    """Return mean and spread of some solutions.

    Pass feasible images only: an infeasible one says nothing of the measurement.

    Raises:
        InputError: there are fewer than two.
    """
    if len(images) < 2:
        raise InputError(f"{len(images)} solutions: expected at least two to compare")
    variance = (images / 2).var(0, correction=0)
    return Agreement(images.mean(0), variance.mean(0).sqrt())
