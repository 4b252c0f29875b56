"""The pull-back metrics of Sec. 3, whole or their top, within a budget of memory."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.generators.base import Generator
from eglass.jacobians import Images, Jacobians, full_precision
from eglass.memory import Chunks, PeakBytes, budget
from eglass.perceptual import LPIPS
from eglass.problems import Problem
from eglass.spectrum import Spectrum, top_of_spectrum

#: What belongs to φ and what belongs to ψ, a row for each direction.
Pair = tuple[Float[Tensor, "batch entries"], Float[Tensor, "batch features"]]


@torch.no_grad()
@full_precision()
def pullback_metrics(
    generator: Generator,
    problem: Problem,
    perceptual: LPIPS,
    z0: Float[Tensor, " latent"],
    *,
    memory_gb: float | None = None,
) -> tuple[Float[Tensor, "latent latent"], Float[Tensor, "latent latent"]]:
    """Return H_Y and H_X at z0, exact, by forward-mode differentiation within a budget.

    Entries are inner products of columns of J_φ and of J_ψ. Where the budget holds all columns,
    each is computed once. Else a block of them is held while the others pass by, block after
    block; and of J_ψ, whose features are many, J_Fᵀ J_ψ is held, to meet columns of J_G.

    Args:
        memory_gb: gigabytes that it may take; none takes a share of what is free.
    """
    J = Jacobians(generator, problem, perceptual, z0)
    E = torch.eye(len(z0), dtype=z0.dtype, device=z0.device)

    def columns(directions: Tensor) -> tuple[Pair, Pair]:
        t = J.image_tangents(directions)
        both = J.measured(t), J.perceived(t)
        return both, both

    def pulled_back(directions: Tensor) -> tuple[Pair, Pair]:
        passing = tangents(directions)
        t = passing[1].unflatten(1, J.image.shape)
        return (passing[0], J.perceived_metric(t).flatten(1)), passing

    def tangents(directions: Tensor) -> Pair:
        t = J.image_tangents(directions)
        return J.measured(t), t.flatten(1)

    available = budget(memory_gb, z0.device)
    held, (chunks, block) = columns, _plan(columns, E, available)
    if block < len(E):
        held, (chunks, block) = pulled_back, _plan(pulled_back, E, available)
    H = E.new_zeros(2, *E.shape)
    for start in range(0, len(E), block):
        rows = slice(start, min(start + block, len(E)))
        _fill(H, rows, held, tangents, chunks)
    H_Y, H_X = H.triu() + H.triu(1).mT
    return H_Y, H_X


def _plan(
    function: Callable[[Tensor], tuple[Pair, Pair]], E: Tensor, available: int
) -> tuple[Chunks, int]:
    """Divide a budget: a quarter to directions under way, the rest to a block of rows held."""
    with PeakBytes() as one:
        held, _passing = function(E[:1])
    # Results of the last chunk are still there while the next one is under way.
    each = one.peak + one.live
    size = max(1, min(len(E), available // 4 // each))
    room = available - size * each
    block = max(1, min(len(E), room // sum(row.nbytes for row in held)))
    return Chunks(size), block


def _fill(
    H: Float[Tensor, "2 latent latent"],
    rows: slice,
    held: Callable[[Tensor], tuple[Pair, Pair]],
    passing: Callable[[Tensor], Pair],
    chunks: Chunks,
) -> None:
    """Compute some rows of the upper triangles of both metrics."""
    E = torch.eye(H.shape[1], dtype=H.dtype, device=H.device)
    kept: list[Tensor] = []
    for at, (new, others) in chunks.map(held, E[rows]):
        kept = kept or [row.new_empty(rows.stop - rows.start, row.shape[1]) for row in new]
        for i, other in enumerate(others):
            kept[i][at] = new[i]
            H[i, rows, rows][: at.stop, at] = kept[i][: at.stop] @ other.T
    for at, others in chunks.map(passing, E[rows.stop :]):
        for i, other in enumerate(others):
            H[i, rows, rows.stop :][:, at] = kept[i] @ other.T


@full_precision()
def top_spectra(
    generator: Generator,
    problem: Problem,
    perceptual: LPIPS,
    z0: Float[Tensor, " latent"],
    *,
    rank: int,
    tolerance: float,
    block: int,
    memory_gb: float | None,
    rng: torch.Generator,
) -> tuple[Spectrum, Spectrum]:
    """Return the top eigenpairs of H_Y and of H_X, from products J_Gᵀ (JᵀJ (J_G d)).

    Args:
        rank, tolerance, block, rng: as for `top_of_spectrum`.
        memory_gb: gigabytes that it may take; none takes a share of what is free.
    """
    J = Jacobians(generator, problem, perceptual, z0)
    available = budget(memory_gb, z0.device)

    def spectrum(metric: Callable[[Images], Images]) -> Spectrum:
        def apply(directions: Tensor) -> Tensor:
            return J.latent_cotangents(metric(J.image_tangents(directions)))

        def product(directions: Tensor) -> Tensor:
            return torch.cat([found for _, found in chunks.map(apply, directions.to(z0))])

        with PeakBytes() as one:
            apply(J.z0[None])
        # Half is left to what reverse mode keeps.
        chunks = Chunks(max(1, available // 2 // one.peak))
        return top_of_spectrum(product, len(z0), rank, tolerance=tolerance, block=block, rng=rng)

    return spectrum(J.measured_metric), spectrum(J.perceived_metric)
