"""The least change of an image that brings it onto a measurement."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

#: Of a step that ends at nothing, rounding leaves no more than this share of a square.
ROUGH = 1e-6

#: What keeps a division by zero from being one: less than any square that counts.
TINY = 1e-30


def least_change(
    residual: Float[Tensor, "batch entries"],
    push_forward: Callable[[Tensor], Tensor],
    pull_back: Callable[[Tensor], Tensor],
    *,
    aim: float,
    slack: float,
    iterations: int,
) -> Float[Tensor, "batch channels height width"]:
    """Return the changes δ of images that leave no more than the aim of ‖r + J δ‖².

    Conjugate gradients on the normal equations from δ = 0 (CGLS; Björck, "Numerical methods for
    least squares problems", 1996, Sec. 7.4), each image by itself. To the end they give −J⁺ r, the
    smallest change that leaves nothing. This differs from the textbook in where it ends: at the
    aim, below which the last step does not go, so that noise is not fitted (the discrepancy
    principle; Hanke, "Conjugate gradient type methods for ill-posed problems", 1995).

    Args:
        residual: r of each image.
        push_forward, pull_back: J and its transpose.
        aim: squared norm below which none goes.
        slack: how far above it an image is near enough, and changes no more.
        iterations: at most, an application of J and of its transpose each.
    """
    r = -residual
    s = p = pull_back(r)
    delta = torch.zeros_like(p)
    slope = _squares(s)
    for _ in range(iterations):
        over = _squares(r) - aim
        on = over > slack
        if not on.any():
            break
        q = push_forward(p)
        step = slope / _squares(q).clamp(min=TINY)
        # A whole step takes step · slope off ‖r‖²; a share t of it takes (2t − t²) of that.
        rest = 1 - over / (step * slope).clamp(min=TINY)
        share = torch.where(on, 1 - rest.where(rest > ROUGH, 0).sqrt(), 0)
        moved = share * step
        delta = delta + moved.view(-1, 1, 1, 1) * p
        r = r - moved[:, None] * q
        s = pull_back(r)
        before, slope = slope, _squares(s)
        p = s + (slope / before.clamp(min=TINY)).view(-1, 1, 1, 1) * p
    return delta


def _squares(vectors: Tensor) -> Float[Tensor, " batch"]:
    return vectors.flatten(1).square().sum(1)
