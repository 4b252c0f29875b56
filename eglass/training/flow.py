"""A normalising flow of vectors: Gaussian latents to codes of any distribution, and back.

Dinh, Sohl-Dickstein, Bengio, "Density estimation using Real NVP", ICLR 2017.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

#: Largest logarithm of a scale of one layer.
MOST = 1.5


class Flow(nn.Module):
    """Affine couplings, an invertible map of vectors, between shuffles and a scale of each entry.

    Untrained it is the identity, but for a shuffle.

    Args:
        dim: of a vector.
        layers: how many couplings.
        hidden: width of their networks.
        seed: of the shuffles, which a file of weights holds too.
    """

    shuffles: Int[Tensor, "layers dim"]
    mean: Float[Tensor, " dim"]
    scale: Float[Tensor, " dim"]

    def __init__(self, dim: int, layers: int = 8, hidden: int = 128, seed: int = 0):
        super().__init__()
        rng = torch.Generator().manual_seed(seed)
        shuffles = torch.stack([torch.randperm(dim, generator=rng) for _ in range(layers)])
        self.register_buffer("shuffles", shuffles)
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("scale", torch.ones(dim))
        self.couplings = nn.ModuleList(_Coupling(dim, hidden) for _ in range(layers))

    def fit_scale(self, codes: Float[Tensor, "count dim"]) -> None:
        """Set the mean and the scale of each entry to those of some codes."""
        self.mean.copy_(codes.mean(0))
        self.scale.copy_(codes.std(0).clamp_min(1e-3))

    def forward(self, latents: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        x = latents
        for coupling, shuffle in zip(self.couplings, self.shuffles):
            x = coupling(x[:, shuffle])
        return x * self.scale + self.mean

    def latents(
        self, codes: Float[Tensor, "batch dim"]
    ) -> tuple[Float[Tensor, "batch dim"], Float[Tensor, " batch"]]:
        """Return the latents of codes, and the logarithm of the determinant of their Jacobian."""
        x = (codes - self.mean) / self.scale
        log_det = -self.scale.log().sum().expand(len(codes))
        for coupling, shuffle in zip(reversed(self.couplings), self.shuffles.flip(0)):
            assert isinstance(coupling, _Coupling)
            x, change = coupling.inverse(x)
            x = x[:, shuffle.argsort()]
            log_det = log_det + change
        return x, log_det

    def log_density(self, codes: Float[Tensor, "batch dim"]) -> Float[Tensor, " batch"]:
        """Return the logarithm of the density of codes, their latents being N(0, I)."""
        z, log_det = self.latents(codes)
        return log_det - (z.square() + math.log(2 * math.pi)).sum(1) / 2


class _Coupling(nn.Module):
    """Scales and shifts one half of a vector by what a network makes of the other half."""

    def __init__(self, dim: int, hidden: int):
        super().__init__()
        self.kept = dim // 2
        last = nn.Linear(hidden, 2 * (dim - self.kept))
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.network = nn.Sequential(
            nn.Linear(self.kept, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), last
        )

    def forward(self, x: Tensor) -> Tensor:
        kept, changed = x[:, : self.kept], x[:, self.kept :]
        shift, log_scale = self._change(kept)
        return torch.cat([kept, changed * log_scale.exp() + shift], 1)

    def inverse(self, y: Tensor) -> tuple[Tensor, Tensor]:
        kept, changed = y[:, : self.kept], y[:, self.kept :]
        shift, log_scale = self._change(kept)
        return torch.cat([kept, (changed - shift) * (-log_scale).exp()], 1), -log_scale.sum(1)

    def _change(self, kept: Tensor) -> tuple[Tensor, Tensor]:
        shift, log_scale = self.network(kept).chunk(2, 1)
        return shift, MOST * torch.tanh(log_scale / MOST)
