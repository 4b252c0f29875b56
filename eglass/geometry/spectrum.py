"""The top of the spectrum of a matrix that is known by its products with vectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

#: Eigenvalues below this share of the first are resolved as well as one at this share is: single
#: precision, in which the products are computed, does not tell more.
FLOOR = 1e-3


@dataclass(frozen=True)
class Spectrum:
    """The top eigenpairs of H, descending, and its trace.

    `products` counts the products H x that were taken.
    """

    values: Float[Tensor, " rank"]
    vectors: Float[Tensor, "dim rank"]
    trace: float
    products: int


def top_of_spectrum(
    product: Callable[[Float[Tensor, "count dim"]], Float[Tensor, "count dim"]],
    dim: int,
    rank: int,
    *,
    tolerance: float = 1e-3,
    block: int = 4,
    rng: torch.Generator,
) -> Spectrum:
    """Block Lanczos with full reorthogonalisation, from a random block.

    Golub and Underwood, "The block Lanczos method for computing eigenvalues", 1977; Musco and
    Musco, "Randomized block Krylov methods", NeurIPS 2015. A basis Q of the Krylov space grows by
    a block at a time; the eigenpairs of QᵀHQ are H's own once H y ≈ θ y. Should Q come to span
    everything, the result is exact.

    The trace is that of QᵀHQ, plus an unbiased estimate (Hutchinson's, from one more random block)
    of the little that H does outside Q.

    Args:
        product: H x for a batch of x, H symmetric and positive semi-definite.
        tolerance: ‖H y − θ y‖ over θ at which an eigenpair counts as found.
        block: vectors multiplied at once.
        rng: of the first block, on the CPU.
    """

    def multiply(X: Tensor) -> Tensor:
        return product(X.T).T.to(Q)

    def random() -> Tensor:
        return torch.randn(dim, min(block, dim - Q.shape[1]), generator=rng, dtype=torch.double)

    Q = HQ = torch.empty(dim, 0, dtype=torch.double)
    X = _orthonormal(random(), Q)
    while True:
        Q, HQ = torch.cat([Q, X], 1), torch.cat([HQ, multiply(X)], 1)
        T = Q.T @ HQ
        theta, S = torch.linalg.eigh((T + T.T) / 2)
        theta, S = theta.flip(0)[:rank], S.flip(1)[:, :rank]
        residual = torch.linalg.vector_norm(HQ @ S - Q @ S * theta, dim=0)
        found = residual <= tolerance * theta.clamp(min=FLOOR * theta[0].item())
        complete = Q.shape[1] == dim
        if complete or (len(theta) == rank and found.all()):
            break
        X = _orthonormal(HQ[:, -X.shape[1] :][:, : dim - Q.shape[1]], Q)

    trace, products = T.trace().item(), Q.shape[1]
    if not complete:
        P = _orthonormal(random(), Q)
        trace += (P * multiply(P)).sum().item() * (dim - Q.shape[1]) / P.shape[1]
        products += P.shape[1]
    return Spectrum(theta, Q @ S, trace, products)


def _orthonormal(X: Tensor, Q: Tensor) -> Tensor:
    """Return an orthonormal basis of X's columns less what lies in Q's span."""
    for _ in range(2):  # Once is not enough where little is left.
        X, _ = torch.linalg.qr(X - Q @ (Q.T @ X))
    return X
