"""Walks from z0: by given steps, or as far as images stay feasible."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from eglass.errors import InputError
from eglass.exploration.paths import PATHS, Path, PathName, straight
from eglass.exploration.solutions import Solutions
from eglass.exploration.start import StartingPoint
from eglass.progress import Progress, silent
from eglass.records.names import Direction, Method

#: Unit vectors by what they are.
Directions = Mapping[Direction, Float[Tensor, " latent"]]


def walk(
    start: StartingPoint,
    along: Directions,
    steps: Sequence[float],
    *,
    path: PathName = "straight",
    method: Method,
) -> Solutions:
    """Return the image at every step η along every direction d: one forward pass for each.

    Args:
        start: where from.
        along: unit vectors; solutions come direction by direction.
        steps: η, finite and other than 0.
        path: "straight", G(z0 + η d), or "sphere", which keeps ‖z0‖.
        method: what tables call it.

    Raises:
        InputError: there is no direction, or they are not named; there is no step, or one is zero
            or not finite.
    """
    check_directions(along)
    check_steps(steps)
    pairs = [(name, d, float(step)) for name, d in along.items() for step in steps]
    directions = torch.stack([d for _, d, _ in pairs])
    return start.measure(
        PATHS[path](start, directions, directions.new_tensor([step for *_, step in pairs])),
        method=method,
        directions=[name for name, *_ in pairs],
        steps=[step for *_, step in pairs],
    )


def walk_to_the_edge(
    start: StartingPoint,
    along: Directions,
    *,
    count: int | None = None,
    max_step: float,
    bisections: int = 10,
    path: PathName = "straight",
    until_l2: float | None = None,
    until_distance: float | None = None,
    method: Method,
    progress: Progress = silent,
) -> Solutions:
    """Return where each direction leads, both ways, as far as images stay feasible.

    Where count exceeds twice the number of directions, further solutions lie at a half, a third, …
    of each largest step.

    Args:
        start: where from.
        along: unit vectors, the best first.
        count: how many solutions, 1 or more; none: two for each direction.
        max_step: largest step η, more than 0.
        bisections: halvings of the interval in which feasibility ends, 1 or more.
        path: as for `walk`.
        until_l2, until_distance: no farther than to this ℓ2, or to this perceptual distance from
            G(z0).

    Raises:
        InputError: there is no direction, or they are not named; no solution is asked for; or a
            number is not positive.
    """
    check_directions(along)
    limits = {"max_step": max_step, "until_l2": until_l2, "until_distance": until_distance}
    for name, value in limits.items():
        if value is not None and not value > 0:
            raise InputError(f"{name} is {value}: expected a number above 0")
    for name, value in {"count": count, "bisections": bisections}.items():
        if value is not None and value < 1:
            raise InputError(f"{name} is {value}: expected a whole number from 1 on")
    ways = [(name, sign, sign * d) for name, d in along.items() for sign in (1, -1)][:count]
    count = len(ways) if count is None else count
    d = torch.stack([way for *_, way in ways])

    def allowed(images: Tensor) -> Tensor:
        l2 = start.problem.l2(images)
        found = start.problem.feasible(l2)
        if until_l2 is not None:
            found = found & (l2 <= until_l2)
        if until_distance is not None:
            found = found & (start.distance(images) <= until_distance)
        return found

    edge = largest_steps(
        start,
        d,
        allowed,
        max_step=max_step,
        bisections=bisections,
        path=PATHS[path],
        progress=progress,
    )
    laps = math.ceil(count / len(ways))
    steps = torch.cat([edge / lap for lap in range(1, laps + 1)])[:count]
    ways = (ways * laps)[:count]
    return start.measure(
        PATHS[path](start, d.repeat(laps, 1)[:count], steps),
        method=method,
        directions=[name for name, *_ in ways],
        steps=[sign * step for (_, sign, _), step in zip(ways, steps.tolist())],
    )


@torch.no_grad()
def largest_steps(
    start: StartingPoint,
    directions: Float[Tensor, "count latent"],
    allowed: Callable[[Float[Tensor, "count channels height width"]], Bool[Tensor, " count"]],
    *,
    max_step: float,
    bisections: int,
    path: Path = straight,
    progress: Progress = silent,
) -> Float[Tensor, " count"]:
    """Return for each direction the largest allowed step η from 0 to max_step, by bisection.

    ℓ2 and distance need not grow steadily along a direction; what is returned is always allowed
    itself, unless G(z0) is not (then it is 0).

    Args:
        allowed: says which images are.
        path: where steps lead.
    """

    def inside(steps: Tensor) -> Tensor:
        return allowed(start.generator(path(start, directions, steps)))

    low = directions.new_zeros(len(directions))
    high = torch.full_like(low, max_step)
    low = torch.where(inside(high), high, low)
    for done in range(bisections):
        middle = (low + high) / 2
        reached = inside(middle)
        low, high = torch.where(reached, middle, low), torch.where(reached, high, middle)
        progress("exploration", done + 1, bisections)
    return low


def check_directions(along: Directions) -> None:
    """Refuse anything but one or more directions by their names.

    Raises:
        InputError: there is none, or they have no names.
    """
    if not isinstance(along, Mapping) or not along:
        given = f"a {type(along).__name__}" if not isinstance(along, Mapping) else "empty"
        raise InputError(
            f"what is to be walked along is {given}: expected unit vectors by their Direction, as "
            "along_eigenvectors returns"
        )


def check_steps(steps: Sequence[float]) -> None:
    """Refuse anything but one or more finite steps other than 0.

    Raises:
        InputError: a step is zero or not finite, or there is none.
    """
    if not steps:
        raise InputError("no step η is given: expected at least one")
    for step in steps:
        if step == 0 or not math.isfinite(step):
            raise InputError(f"step η is {step}: expected a finite number other than 0")
