"""Measurements as plain vectors: an operator may give images, vectors, complex numbers or a list.

A complex number counts as two real ones, so that inner products of vectors are what a metric
needs: the real part of the complex inner product.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from deepinv.utils import TensorList
from jaxtyping import Float
from torch import Tensor

#: What an operator of deepinv returns, its first dimension the batch.
Measurement: TypeAlias = Tensor | TensorList


def parts(y: Measurement) -> list[Tensor]:
    """Return the tensors of a measurement: one, but for stacked operators."""
    return list(y) if isinstance(y, TensorList) else [y]


def each(function: Callable[..., Tensor], *measurements: Measurement) -> Measurement:
    """Apply a function to every tensor of some measurements of the same kind."""
    found = [function(*tensors) for tensors in zip(*map(parts, measurements))]
    return TensorList(found) if isinstance(measurements[0], TensorList) else found[0]


def flattened(y: Measurement) -> Float[Tensor, "batch entries"]:
    """Return measurements as real vectors."""
    real = (torch.view_as_real(part) if part.is_complex() else part for part in parts(y))
    return torch.cat([part.flatten(1) for part in real], 1)


def unflattened(vectors: Float[Tensor, "batch entries"], like: Measurement) -> Measurement:
    """Return real vectors as measurements like another one: the inverse of `flattened`."""
    sizes = [part[0].numel() * (2 if part.is_complex() else 1) for part in parts(like)]
    rows = iter(vectors.split(sizes, 1))

    def shaped(part: Tensor) -> Tensor:
        if part.is_complex():
            return torch.view_as_complex(next(rows).unflatten(1, (*part.shape[1:], 2)).contiguous())
        return next(rows).unflatten(1, part.shape[1:])

    return each(shaped, like)
