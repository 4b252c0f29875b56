"""Algorithm 1 of the paper (e-GLASS), and the explorer that walks along what it finds."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from eglass.errors import InputError
from eglass.exploration.eigenvectors import check_K, check_k, following
from eglass.exploration.explorer import Explorer
from eglass.exploration.paths import PathName
from eglass.exploration.ranking import choose_K
from eglass.exploration.solutions import Solutions
from eglass.exploration.start import StartingPoint
from eglass.exploration.walks import Directions, walk_to_the_edge
from eglass.geometry import Geometry
from eglass.progress import Progress, silent
from eglass.records import names
from eglass.records.names import Direction, Method
from eglass.settings import Count, Natural, Ordinals, Positive, Share, settings


def algorithm1(
    geometry: Geometry, K: int, k: int, threshold: float = 0.05
) -> Float[Tensor, " latent"]:
    """Return d: v^K, projected away from what the measurement sees.

    Args:
        K: which eigenvector of H_X to start from, counted from 1.
        k: how many top eigenvectors of H_Y the direction must not correlate with.
        threshold: correlation |dᵀu^j| above which it counts as significant, between 0 and 1.

    Returns:
        d, of unit length, with |dᵀu^j| ≤ threshold for every j ≤ k.

    Raises:
        InputError: K, k or threshold is out of range, or v^K lies within the span of the top k.
    """
    check_K([K], geometry.dim)
    check_k(k, geometry.dim)
    if not 0 < threshold < 1:
        raise InputError(f"threshold is {threshold}: expected a number above 0 and below 1")
    U = geometry.U
    # What is smaller is rounding, which no projection takes away.
    threshold = max(threshold, 8 * torch.finfo(U.dtype).eps)
    d = geometry.eigenvector(K)
    # Unlike the paper's, the loop over J is repeated: normalising raises what correlations remain.
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


@settings
class Algorithm1(Explorer):
    """Both ways along d made of v^K, as far as images stay feasible.

    Attributes:
        K: starting eigenvectors, counted from 1, two solutions each; where more solutions are asked
            for, the next ones follow. "auto" takes those that are strongly seen and weakly
            measured.
        k, threshold: as for `algorithm1`.
        max_step: largest step η.
        bisections: of the search for the edge.
        path: "straight", the paper's, or "sphere", which keeps latents as typical as z0.
        until_l2, until_distance: no farther than to this ℓ2, or to this perceptual distance from
            G(z0).
    """

    method: ClassVar[Method] = names.ALGORITHM1

    K: Ordinals | Literal["auto"] = Field(default_factory=lambda: [8, 9, 10, 11, 12])
    k: Natural = 20
    threshold: Share = 0.05
    max_step: Positive = 8.0
    bisections: Count = 10
    path: PathName = "straight"
    until_l2: Positive | None = None
    until_distance: Positive | None = None

    def check(self, dim: int) -> None:
        check_k(self.k, dim)
        if self.K != "auto":
            check_K(self.K, dim)

    def starts(self, geometry: Geometry, count: int) -> list[int]:
        """Return the starting eigenvectors K for so many solutions."""
        many = math.ceil(count / 2)
        if self.K == "auto":
            return choose_K(geometry, min(many, geometry.dim), self.k)
        return following(self.K, many, geometry)

    def directions(self, geometry: Geometry, K: Iterable[int]) -> Directions:
        """Return d made of each v^K."""
        return {Direction("d", i): algorithm1(geometry, i, self.k, self.threshold) for i in K}

    def __call__(
        self,
        start: StartingPoint,
        *,
        count: int,
        rng: torch.Generator,
        progress: Progress = silent,
    ) -> Solutions:
        return walk_to_the_edge(
            start,
            self.directions(start.geometry, self.starts(start.geometry, count)),
            count=count,
            max_step=self.max_step,
            bisections=self.bisections,
            path=self.path,
            until_l2=self.until_l2,
            until_distance=self.until_distance,
            method=self.method,
            progress=progress,
        )
