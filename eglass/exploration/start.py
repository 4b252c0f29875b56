"""Algorithm 1: from a geometry to directions, and from directions to solutions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from eglass.errors import InputError
from eglass.generators.base import Generator
from eglass.geometry import Geometry
from eglass.perceptual import LPIPS
from eglass.problems import Problem


def algorithm1(
    geometry: Geometry, K: int, k: int, threshold: float = 0.05
) -> Float[Tensor, " latent"]:
    """Algorithm 1 (e-GLASS): project v^K away from what the measurement sees.

    Args:
        K: which eigenvector of H_X to start from, counted from 1.
        k: how many top eigenvectors of H_Y the direction must not correlate with.
        threshold: correlation |dᵀu^j| above which it counts as significant.

    Returns:
        d, of unit length, with |dᵀu^j| ≤ threshold for every j ≤ k.

    Raises:
        InputError: K, k or threshold is out of range, or v^K lies within the span of the top k.
    """
    most = min(geometry.rank, len(geometry.z0) - 1)
    if not 0 <= k <= most:
        raise InputError(
            f"k is {k}: expected 0 to {most}, fewer than the latent has dimensions and no more "
            "than the eigenvectors computed"
        )
    if not 0 < threshold < 1:
        raise InputError(f"correlation threshold is {threshold}: expected between 0 and 1")

    U = geometry.U
    d = geometry.eigenvector(K)
    # Normalising raises the correlations that remain, hence the outer loop.
    while J := (U[:, :k].T @ d).abs().gt(threshold).nonzero().flatten().tolist():
        for j in J:
            u = U[:, j]
            d = d - (d @ u) * u
            if d.norm() < 1e-4:
                raise InputError(
                    f"nothing is left of v^{K} after projecting out the top {k} eigenvectors of "
                    "H_Y: choose a smaller k or another K"
                )
            d = d / d.norm()
    return d


def check_steps(steps: Sequence[float]) -> None:
    """Refuse steps that lead nowhere.

    Raises:
        InputError: a step is zero or not finite, or there is none.
    """
    if not steps:
        raise InputError("no step η is given: expected at least one")
    for step in steps:
        if step == 0 or not math.isfinite(step):
            raise InputError(f"step η is {step}: expected a finite number other than 0")


@dataclass(frozen=True)
class Solutions:
    """Images that were proposed as explanations of one measurement.

    `table` has one row for each: method, direction, step, l2, lpips (to G(z0)), feasible,
    atypicality (of the latent under the prior). Infeasible ones are kept, and marked.
    """

    latents: Float[Tensor, "count latent"]
    images: Float[Tensor, "count 3 height width"]
    table: pd.DataFrame

    @classmethod
    def join(cls, parts: Sequence[Solutions]) -> Solutions:
        """Put several sets into one."""
        return cls(
            torch.cat([part.latents for part in parts]),
            torch.cat([part.images for part in parts]),
            pd.concat([part.table for part in parts], ignore_index=True),
        )


@dataclass(frozen=True)
class Explorer:
    """Walks from one solution G(z0), and says of every image it meets whether it is another.

    Args:
        generator: the one that makes G(z0): after an image-adaptive inversion, the adapted one.
    """

    generator: Generator
    problem: Problem
    perceptual: LPIPS
    z0: Float[Tensor, " latent"]

    @torch.no_grad()
    def judge(
        self,
        latents: Float[Tensor, "count latent"],
        *,
        method: str,
        directions: Sequence[str],
        steps: Sequence[float],
        images: Float[Tensor, "count 3 height width"] | None = None,
    ) -> Solutions:
        """Measure the images of some latents: ℓ2, LPIPS to G(z0), feasibility, typicality."""
        if images is None:
            images = self.generator(latents)
        l2 = self.problem.l2(images)
        table = pd.DataFrame(
            {
                "method": method,
                "direction": list(directions),
                "step": list(steps),
                "l2": l2.tolist(),
                "lpips": self.perceptual(images, self.generator(self.z0[None])).tolist(),
                "feasible": self.problem.feasible(l2).tolist(),
                "atypicality": self.generator.prior.atypicality(latents).tolist(),
            }
        )
        return Solutions(latents, images, table)

    def walk(
        self,
        directions: Mapping[str, Float[Tensor, " latent"]],
        steps: Sequence[float],
        *,
        method: str,
    ) -> Solutions:
        """G(z0 + η d) for every direction d and every η: one forward pass for each image.

        Raises:
            InputError: a step is zero or not finite.
        """
        check_steps(steps)
        pairs = [(name, d, float(step)) for name, d in directions.items() for step in steps]
        latents = torch.stack([self.z0 + step * d for _, d, step in pairs])
        return self.judge(
            latents,
            method=method,
            directions=[name for name, _, _ in pairs],
            steps=[step for _, _, step in pairs],
        )

    def walk_to_the_edge(
        self,
        directions: Mapping[str, Float[Tensor, " latent"]],
        *,
        max_step: float,
        bisections: int = 10,
        l2: float | None = None,
        lpips: float | None = None,
        method: str,
    ) -> Solutions:
        """Go both ways along every direction, as far as images stay feasible.

        Args:
            l2, lpips: no farther than to this ℓ2, or to this LPIPS from G(z0); none goes on.

        Raises:
            InputError: max_step is zero, or a distance is not positive.
        """
        for name, wanted in (("ℓ2", l2), ("LPIPS", lpips)):
            if wanted is not None and not wanted > 0:
                raise InputError(f"wanted {name} is {wanted}: expected more than 0")
        d = torch.stack([sign * d for d in directions.values() for sign in (1, -1)])
        signs = [sign for _ in directions for sign in (1, -1)]
        allowed = partial(self._within, l2=l2, lpips=lpips)
        steps = self.largest_steps(d, allowed, max_step=max_step, bisections=bisections)
        return self.judge(
            self.z0 + steps[:, None] * d,
            method=method,
            directions=[name for name in directions for _ in (1, -1)],
            steps=[sign * step for sign, step in zip(signs, steps.tolist())],
        )

    def largest_feasible_steps(
        self,
        directions: Float[Tensor, "count latent"],
        *,
        max_step: float,
        bisections: int = 10,
    ) -> Float[Tensor, " count"]:
        """Bisect for the η ≤ max_step at which feasibility ends: see `largest_steps`."""
        return self.largest_steps(
            directions, self._within, max_step=max_step, bisections=bisections
        )

    @torch.no_grad()
    def largest_steps(
        self,
        directions: Float[Tensor, "count latent"],
        allowed: Callable[[Float[Tensor, "count 3 height width"]], Bool[Tensor, " count"]],
        *,
        max_step: float,
        bisections: int = 10,
    ) -> Float[Tensor, " count"]:
        """Bisect for the η ≤ max_step up to which images are allowed, all directions as one batch.

        ℓ2 and LPIPS need not grow steadily along a direction; what is returned is always allowed
        itself, unless G(z0) is not (then it is 0).

        Args:
            allowed: which images are.

        Raises:
            InputError: max_step is zero or not finite.
        """
        check_steps([max_step])

        def inside(steps: Tensor) -> Tensor:
            return allowed(self.generator(self.z0 + steps[:, None] * directions))

        low = directions.new_zeros(len(directions))
        high = torch.full_like(low, max_step)
        low = torch.where(inside(high), high, low)
        for _ in range(bisections):
            middle = (low + high) / 2
            reached = inside(middle)
            low, high = torch.where(reached, middle, low), torch.where(reached, high, middle)
        return low

    def _within(
        self,
        images: Float[Tensor, "count 3 height width"],
        l2: float | None = None,
        lpips: float | None = None,
    ) -> Bool[Tensor, " count"]:
        """Say which images are feasible, and no farther than to some ℓ2 or LPIPS."""
        distance = self.problem.l2(images)
        found = self.problem.feasible(distance)
        if l2 is not None:
            found = found & (distance <= l2)
        if lpips is not None:
            found = found & (self.perceptual(images, self.generator(self.z0[None])) <= lpips)
        return found
