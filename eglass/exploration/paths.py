"""Where a step η along a direction leads: straight on, or around the sphere of z0's norm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from jaxtyping import Float
from torch import Tensor

from eglass.exploration.explorer import damped_inverse, unit
from eglass.exploration.start import StartingPoint

#: Latents that steps (count) along unit directions (count, latent) lead to from z0.
Path: TypeAlias = Callable[[StartingPoint, Tensor, Tensor], Tensor]
PathName: TypeAlias = Literal["straight", "sphere"]

#: Step up to which the quadratic of H_Y is trusted.
TRUSTED = 5.0


def straight(
    start: StartingPoint, directions: Float[Tensor, "count latent"], steps: Float[Tensor, " count"]
) -> Float[Tensor, "count latent"]:
    """Return z0 + η d, the paper's: ‖z‖ grows, and z becomes less typical of the prior."""
    return start.z0 + steps[:, None] * directions


def sphere(
    start: StartingPoint, directions: Float[Tensor, "count latent"], steps: Float[Tensor, " count"]
) -> Float[Tensor, "count latent"]:
    """Return the ends of arcs of length η that begin at z0 along d and keep ‖z‖ = ‖z0‖.

    A step on a sphere cannot go along z0, nor on straight ahead: something of d, then of the path,
    is to be given up. It is w = (H_Y + λI)⁻¹ z0, the part of z0 that the measurement sees least, λ
    being the threshold over the square of a step: a great circle gives up z0 itself, of which the
    measurement sees much. What is left is a circle, the sphere's with the plane of d and w.

    Args:
        start: where from.
        directions: d, of unit length.
        steps: η; a negative one goes along −d.
    """
    z0 = start.z0
    w = damped_inverse(start.geometry, start.problem.threshold / TRUSTED**2) @ z0
    along = unit(directions - (directions @ z0 / (w @ z0))[:, None] * w)
    inwards = unit(w - (along @ w)[:, None] * along)
    radius = inwards @ z0
    angle = steps / radius
    across, ahead = radius * (1 - angle.cos()), radius * angle.sin()
    return z0 + ahead[:, None] * along - across[:, None] * inwards


PATHS: Mapping[PathName, Path] = {"straight": straight, "sphere": sphere}
