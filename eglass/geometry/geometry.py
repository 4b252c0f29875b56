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

from eglass.errors import InputError
from eglass.generators.base import Generator
from eglass.geometry.memory import check_budget
from eglass.perceptual import LPIPS
from eglass.problems import Problem
from eglass.geometry.pullback import pullback_metrics, top_spectra
from eglass.geometry.spectrum import Spectrum


@dataclass(frozen=True)
class Geometry:
    """The eigen-bases of both metrics at z0, whole or their top, and what couples them.

    Eigenvalues descend; eigenvectors are columns. The paper's v^K is `eigenvector(K)`. The traces
    are of the whole metrics, also where `rank` is less than the latent dimension.
    """

    z0: Float[Tensor, " latent"]
    Lambda: Float[Tensor, " rank"]
    U: Float[Tensor, "latent rank"]
    Omega: Float[Tensor, " rank"]
    V: Float[Tensor, "latent rank"]
    trace_Y: float
    trace_X: float

    @classmethod
    def from_metrics(
        cls,
        z0: Float[Tensor, " latent"],
        H_Y: Float[Tensor, "latent latent"],
        H_X: Float[Tensor, "latent latent"],
    ) -> Geometry:
        """Decompose H_Y = U Λ Uᵀ and H_X = V Ω Vᵀ."""
        return cls.from_spectra(z0, _spectrum(H_Y), _spectrum(H_X))

    @classmethod
    def from_spectra(cls, z0: Float[Tensor, " latent"], Y: Spectrum, X: Spectrum) -> Geometry:
        """Put together the eigenpairs of H_Y and of H_X."""
        Lambda, U = Y.values.to(z0), _signed(Y.vectors).to(z0)
        Omega, V = X.values.to(z0), _signed(X.vectors).to(z0)
        return cls(z0, Lambda, U, Omega, V, Y.trace, X.trace)

    @property
    def rank(self) -> int:
        """How many eigenpairs of each metric are known."""
        return self.U.shape[1]

    @property
    def H_Y(self) -> Float[Tensor, "latent latent"]:
        """U Λ Uᵀ: H_Y, or its best approximation of that rank."""
        return self.U * self.Lambda @ self.U.T

    @property
    def H_X(self) -> Float[Tensor, "latent latent"]:
        """V Ω Vᵀ: H_X, or its best approximation of that rank."""
        return self.V * self.Omega @ self.V.T

    @property
    def C(self) -> Float[Tensor, "rank rank"]:
        """The coupling matrix Uᵀ V."""
        return self.U.T @ self.V

    def eigenvector(self, K: int) -> Float[Tensor, " latent"]:
        """Return v^K, the K-th top eigenvector of H_X, counted from 1.

        Raises:
            InputError: there is no such eigenvector.
        """
        if not 1 <= K <= self.rank:
            known = (
                "the generator's latent dimension"
                if self.rank == len(self.z0)
                else "the eigenvectors computed: raise geometry.rank"
            )
            raise InputError(f"K is {K}: expected 1 to {self.rank}, {known}")
        return self.V[:, K - 1]


def _spectrum(H: Float[Tensor, "latent latent"]) -> Spectrum:
    values, vectors = torch.linalg.eigh(H.double())
    return Spectrum(values.flip(0), vectors.flip(1), H.trace().item(), len(H))


def _signed(vectors: Float[Tensor, "latent rank"]) -> Float[Tensor, "latent rank"]:
    # An eigenvector's sign is arbitrary; fix it so that runs on different machines agree.
    largest = vectors.abs().argmax(0)
    return vectors * vectors.gather(0, largest[None]).sign()


@dataclass(frozen=True)
class ExactGeometry:
    """Both metrics, whole, by forward-mode differentiation.

    Attributes:
        memory_gb: gigabytes that the computation may take; none takes a share of what is free.

    Raises:
        InputError: the budget is not positive.
    """

    memory_gb: float | None = None

    def __post_init__(self) -> None:
        check_budget(self.memory_gb)

    def __call__(
        self,
        generator: Generator,
        problem: Problem,
        perceptual: LPIPS,
        z0: Float[Tensor, " latent"],
    ) -> Geometry:
        """Compute both metrics at z0 and decompose them (Algorithm 1, its first four lines)."""
        H_Y, H_X = pullback_metrics(generator, problem, perceptual, z0, memory_gb=self.memory_gb)
        return Geometry.from_metrics(z0.detach(), H_Y, H_X)


@dataclass(frozen=True)
class TopGeometry:
    """The top eigenpairs of both metrics, by forward then reverse mode: see `top_of_spectrum`.

    Attributes:
        rank: eigenpairs of each metric.
        tolerance: ‖H v − λ v‖ over λ at which one counts as found.
        block: directions differentiated at once.
        memory_gb: gigabytes that the computation may take; none takes a share of what is free.
        seed: of the random directions that it starts from.

    Raises:
        InputError: a setting is out of range.
    """

    rank: int
    tolerance: float = 1e-3
    block: int = 4
    memory_gb: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_budget(self.memory_gb)
        for name in ("rank", "block"):
            if getattr(self, name) < 1:
                raise InputError(f"geometry.{name} is {getattr(self, name)}: expected at least 1")
        if not 0 < self.tolerance < 1:
            raise InputError(f"geometry.tolerance is {self.tolerance}: expected between 0 and 1")

    def __call__(
        self,
        generator: Generator,
        problem: Problem,
        perceptual: LPIPS,
        z0: Float[Tensor, " latent"],
    ) -> Geometry:
        """Compute the top of both spectra at z0.

        Raises:
            InputError: the latent has fewer dimensions than `rank`.
        """
        if self.rank > len(z0):
            raise InputError(
                f"geometry.rank is {self.rank}: expected at most {len(z0)}, the latent dimension"
            )
        spectra = top_spectra(
            generator,
            problem,
            perceptual,
            z0,
            rank=self.rank,
            tolerance=self.tolerance,
            block=self.block,
            memory_gb=self.memory_gb,
            rng=torch.Generator().manual_seed(self.seed),
        )
        return Geometry.from_spectra(z0.detach(), *spectra)


def explore_geometry(
    generator: Generator,
    problem: Problem,
    perceptual: LPIPS,
    z0: Float[Tensor, " latent"],
    *,
    memory_gb: float | None = None,
) -> Geometry:
    """Compute both metrics at z0, whole, and decompose them."""
    return ExactGeometry(memory_gb)(generator, problem, perceptual, z0)


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
