"""Straight lines from z0 to the edge of feasibility, both ways along each of some directions."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import scipy.linalg
import torch
from jaxtyping import Float
from torch import Tensor

from eglass.errors import InputError
from eglass.exploration.start import Explorer, Solutions, algorithm1
from eglass.exploration.explorer import SolutionExplorer, check_positive
from eglass.geometry import Geometry


@dataclass(frozen=True)
class StraightLines(SolutionExplorer):
    """Both ways along each direction, as far as images stay feasible.

    Where more solutions are asked for than there are ways, a second lap goes half as far along
    each way, a third a third as far, and so on.

    Attributes:
        max_step: largest step η.
        bisections: of the search for the edge.
    """

    max_step: float = 8.0
    bisections: int = 10

    def __post_init__(self) -> None:
        check_positive(self, "max_step", "bisections")

    @abstractmethod
    def directions(
        self, walker: Explorer, geometry: Geometry, most: int
    ) -> Mapping[str, Float[Tensor, " latent"]]:
        """Return up to `most` unit directions, the best first."""

    def __call__(
        self, walker: Explorer, geometry: Geometry, *, count: int, rng: torch.Generator
    ) -> Solutions:
        along = self.directions(walker, geometry, math.ceil(count / 2))
        ways = [(name, sign, sign * d) for name, d in along.items() for sign in (1, -1)][:count]
        d = torch.stack([way for *_, way in ways])
        edge = walker.largest_feasible_steps(d, max_step=self.max_step, bisections=self.bisections)
        laps = math.ceil(count / len(ways))
        steps = torch.cat([edge / lap for lap in range(1, laps + 1)])[:count]
        ways = (ways * laps)[:count]
        return walker.judge(
            walker.z0 + steps[:, None] * d.repeat(laps, 1)[:count],
            method=self.name,
            directions=[name for name, *_ in ways],
            steps=[sign * step for (_, sign, _), step in zip(ways, steps.tolist())],
        )


@dataclass(frozen=True)
class Algorithm1(StraightLines):
    """The paper's: v^K for K = first_K, first_K + 1, … made orthogonal to the top k of U.

    Attributes:
        first_K: the first starting eigenvector, counted from 1.
        k, threshold: as for `algorithm1`.
    """

    name: str = "Algorithm 1"
    first_K: int = 8
    k: int = 20
    threshold: float = 0.05

    def directions(
        self, walker: Explorer, geometry: Geometry, most: int
    ) -> Mapping[str, Float[Tensor, " latent"]]:
        return {
            f"d{K}": algorithm1(geometry, K, self.k, self.threshold)
            for K in _from(self.first_K, most, geometry)
        }


@dataclass(frozen=True)
class Eigenvectors(StraightLines):
    """v^K themselves, for K = first_K, first_K + 1, …"""

    name: str = "v^K"
    first_K: int = 8

    def directions(
        self, walker: Explorer, geometry: Geometry, most: int
    ) -> Mapping[str, Float[Tensor, " latent"]]:
        return {f"v{K}": geometry.eigenvector(K) for K in _from(self.first_K, most, geometry)}


@dataclass(frozen=True)
class TrustRegion(StraightLines):
    """Directions along which most is seen before ℓ2 reaches its threshold, or η its bound.

    A step of length η adds about η² dᵀH_Y d to ℓ2: on the ball η ≤ η_max, what is seen at the
    edge is about dᵀH_X d / dᵀ(H_Y + λI)d with λ = threshold / η_max², whose maximisers are
    generalised eigenvectors.

    Attributes:
        radius: η_max, up to which the quadratic is trusted.
    """

    name: str = "trust region"
    radius: float = 5.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, "radius")

    def directions(
        self, walker: Explorer, geometry: Geometry, most: int
    ) -> Mapping[str, Float[Tensor, " latent"]]:
        found = trust_region(geometry, walker.problem.threshold / self.radius**2)
        return {f"g{j}": d for j, d in enumerate(found[:most], start=1)}


def trust_region(geometry: Geometry, damping: float) -> Float[Tensor, "rank latent"]:
    """Return the unit d that maximise dᵀH_X d / dᵀ(H_Y + λI)d, conjugate to one another.

    Args:
        damping: λ.

    Raises:
        InputError: λ is not positive.
    """
    if not damping > 0:
        raise InputError(f"damping λ is {damping}: expected more than 0")
    H_X, H_Y = (H.double().cpu().numpy() for H in (geometry.H_X, geometry.H_Y))
    H_Y.flat[:: len(H_Y) + 1] += damping
    _, found = scipy.linalg.eigh(H_X, H_Y)
    d = torch.from_numpy(found[:, ::-1].T.copy()).to(geometry.z0)[: geometry.rank]
    return d / d.norm(dim=1, keepdim=True)


def _from(first: int, most: int, geometry: Geometry) -> range:
    # Checked here, for a range beyond the spectrum would be empty.
    geometry.eigenvector(first)
    return range(first, min(first + most, geometry.rank + 1))
