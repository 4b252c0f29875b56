"""Steps from a starting point along one direction, one at a time, as a slider is dragged."""

from __future__ import annotations

from typing import Any, Literal

from jaxtyping import Float
from torch import Tensor

from eglass.app.pictures import of_solutions, rows, with_alpha
from eglass.exploration import Algorithm1, Solutions, StartingPoint, walk, walk_to_the_edge
from eglass.exploration.eigenvectors import along_eigenvectors, check_K
from eglass.exploration.paths import PathName
from eglass.images import to_pixels
from eglass.records import Direction, Method
from eglass.settings import Count, Finite, Natural, settings

LIVE = Method("live", "live")


@settings
class Along:
    """A direction from z0, and how it is walked.

    Attributes:
        kind: d, which Algorithm 1 makes of v^K; v, an eigenvector of H_X; u, one of H_Y.
        number: which, from 1.
        k: of Algorithm 1.
        path: as for `eglass.walk`.
    """

    kind: Literal["d", "v", "u"] = "d"
    number: Count = 8
    k: Natural = 20
    path: PathName = "sphere"

    def directions(self, start: StartingPoint) -> dict[Direction, Float[Tensor, " latent"]]:
        """Return its unit vector, by what it is.

        Raises:
            InputError: there is no such one.
        """
        if self.kind == "d":
            return dict(Algorithm1(k=self.k).directions(start.geometry, [self.number]))
        if self.kind == "v":
            return dict(along_eigenvectors(start.geometry, [self.number]))
        check_K([self.number], start.geometry.dim, "u")
        return {Direction("u", self.number): start.geometry.U[:, self.number - 1]}


def moved(start: StartingPoint, along: Along, eta: float) -> Solutions:
    """Return the image at one step η; at 0, G(z0)."""
    directions = along.directions(start)
    if eta == 0:
        return start.measure(start.z0[None], method=LIVE, directions=list(directions), steps=[0.0])
    return walk(start, directions, [eta], path=along.path, method=LIVE)


def frame(start: StartingPoint, along: Along, eta: float) -> tuple[dict[str, Any], bytes]:
    """Return what is said of one step η, and its pixels."""
    found = moved(start, along, eta)
    pixels = to_pixels(found.images, start.prior_generator.shown)[0]
    (row,) = rows(found.table, found.metric)
    return row | {"width": pixels.shape[1], "height": pixels.shape[0]}, with_alpha(pixels)


def edges(start: StartingPoint, along: Along, reach: float) -> dict[str, float]:
    """Return the largest feasible steps, backwards and forwards."""
    found = walk_to_the_edge(
        start, along.directions(start), max_step=reach, path=along.path, method=LIVE
    )
    return {"high": found.steps[0], "low": found.steps[1]}


@settings
class Pair:
    """A cell of C: u^i and v^j.

    Attributes:
        i, j: from 1.
        step: η, both ways.
    """

    i: Count
    j: Count
    step: Finite

    def shown(self, start: StartingPoint) -> dict[str, Any]:
        """Return what −η and η do along both, and C there.

        Raises:
            InputError: there is no such cell.
        """

        def along(kind: Literal["u", "v"], number: int) -> list[dict[str, Any]]:
            way = Along(kind=kind, number=number, path="straight").directions(start)
            return of_solutions(walk(start, way, [-self.step, self.step], method=LIVE))

        c = float(start.geometry.C[self.i - 1, self.j - 1])
        return {
            "i": self.i,
            "j": self.j,
            "c": c,
            "u": along("u", self.i),
            "v": along("v", self.j),
        }


def at_rest(start: StartingPoint) -> Solutions:
    """Return G(z0), measured."""
    return start.measure(start.z0[None], method=LIVE, directions=[Direction("z", 0)], steps=[0.0])
