"""The geometry of the latent space around one solution (Sec. 3).

Both metrics of the paper are Hessians of a squared distance of feature vectors whose residual
vanishes at z0, so they are Gauss–Newton matrices, exactly:

    H_Y = ½ ∂²‖A G(z) − A G(z0)‖² = J_φᵀ J_φ      with φ = A ∘ G
    H_X = ½ ∂² LPIPS(G(z), G(z0)) = J_ψᵀ J_ψ      with ψ = F ∘ G, F the feature map of LPIPS

Columns of J_φ are A applied to the columns of J_G: A is linear and is never differentiated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import jvp, vmap

from eglass.errors import InputError
from eglass.generators.base import Generator
from eglass.perceptual import LPIPS
from eglass.problems import Problem


@dataclass(frozen=True)
class Geometry:
    """Both metrics at z0, their eigen-bases, and what couples them.

    Eigenvalues descend; eigenvectors are columns. The paper's v^K is `eigenvector(K)`.
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
        Lambda, U = _eigen(H_Y)
        Omega, V = _eigen(H_X)
        return cls(z0, H_Y, H_X, Lambda, U, Omega, V)

    @property
    def C(self) -> Float[Tensor, "latent latent"]:
        """The coupling matrix Uᵀ V."""
        return self.U.T @ self.V

    def eigenvector(self, K: int) -> Float[Tensor, " latent"]:
        """Return v^K, the K-th top eigenvector of H_X, counted from 1.

        Raises:
            InputError: there is no such eigenvector.
        """
        dim = self.V.shape[1]
        if not 1 <= K <= dim:
            raise InputError(f"K is {K}: expected 1 to {dim}, the generator's latent dimension")
        return self.V[:, K - 1]


def _eigen(
    H: Float[Tensor, "latent latent"],
) -> tuple[Float[Tensor, " latent"], Float[Tensor, "latent latent"]]:
    values, vectors = torch.linalg.eigh(H.double())
    values, vectors = values.flip(0), vectors.flip(1)
    # An eigenvector's sign is arbitrary; fix it so that runs on different machines agree.
    largest = vectors.abs().argmax(0)
    vectors = vectors * vectors.gather(0, largest[None]).sign()
    return values.to(H.dtype), vectors.to(H.dtype)


@torch.no_grad()
def pullback_metrics(
    generator: Generator,
    problem: Problem,
    perceptual: LPIPS,
    z0: Float[Tensor, " latent"],
    chunk: int = 25,
) -> tuple[Float[Tensor, "latent latent"], Float[Tensor, "latent latent"]]:
    """Return H_Y and H_X at z0, exact, by forward-mode differentiation.

    One pass of `chunk` tangents through the generator serves both metrics.

    Args:
        chunk: latent directions differentiated at once; memory grows with it.
    """
    z0 = z0.detach()
    image = generator(z0[None])

    def image_tangent(direction: Tensor) -> Tensor:
        return jvp(lambda z: generator(z[None])[0], (z0,), (direction,))[1]

    def feature_tangent(tangent: Tensor) -> Tensor:
        return jvp(lambda x: perceptual.features(x)[0], (image,), (tangent[None],))[1]

    columns_Y, columns_X = [], []
    for directions in torch.eye(len(z0), dtype=z0.dtype, device=z0.device).split(chunk):
        tangents = vmap(image_tangent)(directions)
        columns_Y.append(problem.push_forward(tangents))
        columns_X.append(vmap(feature_tangent)(tangents))
    J_Y, J_X = torch.cat(columns_Y), torch.cat(columns_X)
    return J_Y @ J_Y.T, J_X @ J_X.T


def explore_geometry(
    generator: Generator,
    problem: Problem,
    perceptual: LPIPS,
    z0: Float[Tensor, " latent"],
    chunk: int = 25,
) -> Geometry:
    """Compute both metrics at z0 and decompose them (Algorithm 1, its first four lines)."""
    return Geometry.from_metrics(z0, *pullback_metrics(generator, problem, perceptual, z0, chunk))


def correlations(
    geometry: Geometry, directions: Mapping[str, Float[Tensor, " latent"]]
) -> pd.DataFrame:
    """Correlation |dᵀu^j| and |dᵀv^j| of some directions with both bases (Fig. 1).

    Returns:
        One row for each: direction, basis (U or V), j (from 1), correlation.
    """
    parts = []
    for basis in ("U", "V"):
        stacked = torch.stack(list(directions.values()))
        values = (stacked @ getattr(geometry, basis)).abs().cpu().numpy()
        table = pd.DataFrame(values, index=pd.Index(directions, name="direction"))
        table.columns = pd.RangeIndex(1, table.shape[1] + 1, name="j")
        parts.append(table.stack().rename("correlation").reset_index().assign(basis=basis))
    return pd.concat(parts, ignore_index=True)[["direction", "basis", "j", "correlation"]]
