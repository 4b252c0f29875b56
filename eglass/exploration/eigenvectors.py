"""The eigenvectors v^K themselves, which Algorithm 1 starts from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import ClassVar

import torch
from pydantic import Field

from eglass.errors import InputError
from eglass.exploration.explorer import Explorer
from eglass.exploration.paths import PathName
from eglass.exploration.solutions import Solutions
from eglass.exploration.start import StartingPoint
from eglass.exploration.walks import Directions, walk_to_the_edge
from eglass.geometry import Geometry
from eglass.progress import Progress, silent
from eglass.records import names
from eglass.records.names import Direction, Method
from eglass.settings import Count, Ordinals, Positive, settings


def check_K(K: Iterable[int], dim: int, name: str = "K") -> None:
    """Refuse eigenvectors that a latent of this dimension does not have.

    Args:
        K: their numbers, from 1.
        dim: of the latent.
        name: what a refusal calls them.

    Raises:
        InputError: one is not a whole number from 1 to `dim`.
    """
    for i in K:
        if not isinstance(i, int):
            raise InputError(f"K is {i}: expected whole numbers from 1 to {dim}")
        if not 1 <= i <= dim:
            raise InputError(
                f"{name} is {i}: expected 1 to {dim}, the generator's latent dimension"
            )


def check_k(k: int, dim: int) -> None:
    """Refuse a k that is not from 0 to `dim` − 1.

    Raises:
        InputError: k is not from 0 to `dim` − 1.
    """
    if not 0 <= k < dim:
        raise InputError(f"k is {k}: expected 0 to {dim - 1}, fewer than the latent has dimensions")


def along_eigenvectors(geometry: Geometry, K: Iterable[int]) -> Directions:
    """Return each v^K.

    Raises:
        InputError: there is no such eigenvector.
    """
    K = [K] if isinstance(K, str) else list(K)
    check_K(K, geometry.dim)
    return {Direction("v", i): geometry.eigenvector(i) for i in K}


def following(K: Sequence[int], many: int, geometry: Geometry) -> list[int]:
    """Return `many` numbers: K, then max(K) + 1 and so on, up to the latent's dimension."""
    following = range(max(K) + 1, geometry.dim + 1)
    return [*K, *following][:many]


@settings
class Eigenvectors(Explorer):
    """Both ways along v^K, as far as images stay feasible.

    Attributes:
        K, max_step, bisections, path, until_l2, until_distance: as for `Algorithm1`.
    """

    method: ClassVar[Method] = names.EIGENVECTORS

    K: Ordinals = Field(default_factory=lambda: [8, 9, 10, 11, 12])
    max_step: Positive = 8.0
    bisections: Count = 10
    path: PathName = "straight"
    until_l2: Positive | None = None
    until_distance: Positive | None = None

    def check(self, dim: int) -> None:
        check_K(self.K, dim)

    def __call__(
        self,
        start: StartingPoint,
        *,
        count: int,
        rng: torch.Generator,
        progress: Progress = silent,
    ) -> Solutions:
        K = following(self.K, math.ceil(count / 2), start.geometry)
        return walk_to_the_edge(
            start,
            along_eigenvectors(start.geometry, K),
            count=count,
            max_step=self.max_step,
            bisections=self.bisections,
            path=self.path,
            until_l2=self.until_l2,
            until_distance=self.until_distance,
            method=self.method,
            progress=progress,
        )
