"""Straight along what is seen most for what is measured least."""

from __future__ import annotations

import math
from typing import ClassVar

import scipy.linalg
import torch
from jaxtyping import Float
from torch import Tensor

from eglass.exploration.explorer import Explorer
from eglass.exploration.paths import PathName
from eglass.exploration.solutions import Solutions
from eglass.exploration.start import StartingPoint
from eglass.exploration.walks import walk_to_the_edge
from eglass.geometry import Geometry
from eglass.progress import Progress, silent
from eglass.records.names import Direction, Method
from eglass.settings import Count, Positive, settings


@settings
class TrustRegion(Explorer):
    """Both ways along the directions that are seen most before ℓ2 reaches its threshold.

    A step of length η adds about η² dᵀH_Y d to ℓ2. Let the edge be where ℓ2 reaches its threshold,
    or η its bound η_max. What is seen there is about dᵀH_X d / dᵀ(H_Y + λI)d with
    λ = threshold / η_max². The maximisers are generalised eigenvectors.

    Attributes:
        radius: η_max, up to which the quadratic is trusted.
        max_step: largest step η.
        bisections: of the search for the edge.
        path: as for `Algorithm1`.
    """

    method: ClassVar[Method] = Method("trust_region", "trust region")

    radius: Positive = 5.0
    max_step: Positive = 8.0
    bisections: Count = 10
    path: PathName = "straight"

    def __call__(
        self,
        start: StartingPoint,
        *,
        count: int,
        rng: torch.Generator,
        progress: Progress = silent,
    ) -> Solutions:
        found = trust_region(start.geometry, start.problem.threshold / self.radius**2)
        best = found[: math.ceil(count / 2)]
        return walk_to_the_edge(
            start,
            {Direction("g", j): d for j, d in enumerate(best, start=1)},
            count=count,
            max_step=self.max_step,
            bisections=self.bisections,
            path=self.path,
            method=self.method,
            progress=progress,
        )


def trust_region(geometry: Geometry, damping: float) -> Float[Tensor, "latent latent"]:
    """Return the unit d that maximise dᵀH_X d / dᵀ(H_Y + λI)d, conjugate to one another, in rows.

    Args:
        damping: λ, more than 0.
    """
    H_X, H_Y = (H.double().cpu().numpy() for H in (geometry.H_X, geometry.H_Y))
    H_Y = H_Y.copy()
    H_Y.flat[:: len(H_Y) + 1] += damping
    _, found = scipy.linalg.eigh(H_X, H_Y)
    d = torch.from_numpy(found[:, ::-1].T.copy()).to(geometry.z0)
    return d / d.norm(dim=1, keepdim=True)
