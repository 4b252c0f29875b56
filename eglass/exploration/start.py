"""One solution G(z0) with all that is known there: where every explorer starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.exploration.solutions import Solutions
from eglass.generators.base import Generator
from eglass.geometry import ExactGeometry, Geometry
from eglass.inversion import Inverted
from eglass.perceptual import PerceptualMetric
from eglass.problems import Problem
from eglass.progress import Progress, silent
from eglass.records.names import Direction, Method


@dataclass(frozen=True)
class StartingPoint:
    """One solution of a measurement, and the geometry around it.

    Attributes:
        problem: the measurement.
        perceptual: the metric of what is seen.
        prior_generator: as it was trained; what starts from scratch starts from it.
        inverted: the inversion's result.
        z0: its latent, or another one that is explored from.
        geometry: at z0.
        compute_geometry: how the geometry was computed, for other latents.
        seconds: by stage: inversion, geometry.
    """

    problem: Problem
    perceptual: PerceptualMetric
    prior_generator: Generator
    inverted: Inverted
    z0: Float[Tensor, " latent"]
    geometry: Geometry
    compute_geometry: ExactGeometry
    seconds: dict[str, float]

    @property
    def generator(self) -> Generator:
        """The generator that makes G(z0): after an image-adaptive inversion, the adapted one."""
        return self.inverted.generator

    @property
    def image(self) -> Float[Tensor, "1 channels height width"]:
        """The inversion's image, in [-1, 1]."""
        return self.inverted.image

    def moved_to(self, z: Float[Tensor, " latent"], progress: Progress = silent) -> StartingPoint:
        """Return the same with another latent to explore from, and the geometry there.

        Args:
            z: the latent.
            progress: of the geometry; what it raises ends the computation.
        """
        geometry = self.compute_geometry(
            self.generator, self.problem, self.perceptual, z, progress=progress
        )
        return replace(self, z0=z, geometry=geometry)

    def with_problem(self, problem: Problem) -> StartingPoint:
        """Return the same for a problem that differs in its threshold alone."""
        return replace(self, problem=problem)

    def consistent(self, found: Solutions) -> Solutions:
        """Return solutions whose images are brought onto the measurement, and measured anew.

        Latents stay those that the images came from: G makes other images of them.
        """
        images = self.problem.back_project(found.images)
        l2 = self.problem.l2(images)
        return replace(
            found,
            images=images,
            l2=l2,
            distance=self.distance(images),
            feasible=self.problem.feasible(l2),
            off_by=self.problem.off_by(images),
            consistent=True,
        )

    @torch.no_grad()
    def distance(
        self, images: Float[Tensor, "count channels height width"]
    ) -> Float[Tensor, " count"]:
        """Return the perceptual distance of images to G(z0)."""
        return (self.perceptual.features(images) - self._seen).square().sum(1)

    @cached_property
    def _seen(self) -> Float[Tensor, "1 features"]:
        """What is seen of G(z0): most of the time that a single image's distance takes."""
        with torch.no_grad():
            return self.perceptual.features(self.generator(self.z0[None]))

    @torch.no_grad()
    def measure(
        self,
        latents: Float[Tensor, "count latent"],
        *,
        method: Method,
        directions: Sequence[Direction],
        steps: Sequence[float],
        images: Float[Tensor, "count channels height width"] | None = None,
    ) -> Solutions:
        """Return what the images of some latents are: ℓ2, perceptual distance, feasible, typical.

        Args:
            method: what proposes them.
            directions, steps: what each was found along, and how far.
            images: of the latents, where they are known already.
        """
        if images is None:
            images = self.generator(latents)
        l2 = self.problem.l2(images)
        return Solutions(
            method,
            latents,
            images,
            directions,
            steps,
            l2,
            self.perceptual.key,
            self.distance(images),
            self.problem.feasible(l2),
            self.generator.prior.atypicality(latents),
            self.problem.off_by(images),
        )
