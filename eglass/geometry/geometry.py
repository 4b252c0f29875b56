"""The geometry of the latent space around one solution (Sec. 3).

Both metrics of the paper are Hessians of a squared distance of feature vectors whose residual
vanishes at z0, so they are Gauss–Newton matrices, exactly:

    H_Y = ½ ∂²‖A G(z) − A G(z0)‖² = J_φᵀ J_φ      with φ = A ∘ G
    H_X = ½ ∂² d(G(z), G(z0)) = J_ψᵀ J_ψ      with ψ = F ∘ G, F the feature map of LPIPS, or of
                                              another perceptual distance d

Columns of J_φ are A applied to the columns of J_G: A is linear and is never differentiated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from eglass.errors import InputError
from eglass.records.names import Direction


@dataclass(frozen=True)
class Geometry:
    """The eigen-bases of both metrics at z0, and what couples them.

    Attributes:
        z0: where.
        H_Y, H_X: the metrics.
        Lambda, U: eigenvalues of H_Y, descending, and eigenvectors, in columns.
        Omega, V: the same of H_X. The paper's v^K is `eigenvector(K)`.
    """

    z0: Float[Tensor, " latent"]
    H_Y: Float[Tensor, "latent latent"]
    H_X: Float[Tensor, "latent latent"]
    Lambda: Float[Tensor, " latent"]
    U: Float[Tensor, "latent latent"]
    Omega: Float[Tensor, " latent"]
    V: Float[Tensor, "latent latent"]

    @classmethod
    def from_metrics(
        cls,
        z0: Float[Tensor, " latent"],
        H_Y: Float[Tensor, "latent latent"],
        H_X: Float[Tensor, "latent latent"],
    ) -> Geometry:
        """Decompose H_Y = U Λ Uᵀ and H_X = V Ω Vᵀ."""
        return cls(z0, H_Y, H_X, *_eigenpairs(H_Y), *_eigenpairs(H_X))

    @property
    def dim(self) -> int:
        """The latent's dimension."""
        return len(self.z0)

    @property
    def C(self) -> Float[Tensor, "latent latent"]:
        """The coupling matrix Uᵀ V."""
        return self.U.T @ self.V

    def eigenvector(self, K: int) -> Float[Tensor, " latent"]:
        """Return v^K, the K-th top eigenvector of H_X, counted from 1.

        Raises:
            InputError: there is no such eigenvector.
        """
        if not isinstance(K, int) or not 1 <= K <= self.dim:
            raise InputError(
                f"K is {K!r}: expected 1 to {self.dim}, the generator's latent dimension"
            )
        return self.V[:, K - 1]


def _eigenpairs(
    H: Float[Tensor, "latent latent"],
) -> tuple[Float[Tensor, " latent"], Float[Tensor, "latent latent"]]:
    values, vectors = torch.linalg.eigh(H.double())
    vectors = vectors.flip(1)
    # An eigenvector's sign is arbitrary; fix it so that runs on different machines agree.
    largest = vectors.abs().argmax(0)
    signs = vectors.gather(0, largest[None]).sign()
    return values.flip(0).to(H), (vectors * signs).to(H)


def correlations(
    geometry: Geometry, directions: Mapping[Direction, Float[Tensor, " latent"]]
) -> pd.DataFrame:
    """Return the correlations |dᵀu^j| and |dᵀv^j| of some directions with both bases (Fig. 1).

    Returns:
        One row for each: direction, kind, number, basis (U or V), j (from 1), correlation.
    """
    stacked = torch.stack(list(directions.values()))
    parts = []
    for basis in ("U", "V"):
        values = (stacked @ getattr(geometry, basis)).abs().cpu().numpy()
        parts += [
            pd.DataFrame(
                {
                    **direction.columns(),
                    "basis": basis,
                    "j": range(1, geometry.dim + 1),
                    "correlation": row,
                }
            )
            for direction, row in zip(directions, values)
        ]
    return pd.concat(parts, ignore_index=True)
