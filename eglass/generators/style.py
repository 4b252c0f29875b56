"""A StyleGAN's mapping and synthesis networks, explored in the space W between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from eglass.errors import InputError
from eglass.generators.module import ModuleGenerator
from eglass.generators.priors import Normal, Prior
from eglass.weights.state import copied, load_weights


class MappedPrior(Prior):
    """What a mapping makes of another prior, every entry centred and scaled to unit variance.

    Args:
        mapping: from latents of the other prior to (batch, dim).
        prior: the other prior.
        draws: samples from which mean, standard deviation and typical norms are estimated.
        seed: of these samples.

    Raises:
        InputError: fewer than 2 draws, or an entry that does not vary.
    """

    second_moment = 1.0

    def __init__(
        self,
        mapping: Callable[[Tensor], Tensor],
        prior: Prior,
        *,
        draws: int = 10_000,
        seed: int = 0,
    ):
        if draws < 2:
            raise InputError(f"a mapped prior has {draws} draws: expected at least 2")
        self._mapping, self._prior = mapping, prior
        with torch.no_grad():
            w = mapping(prior.sample(draws, torch.Generator().manual_seed(seed)))
        self.dim = w.shape[1]
        self.mean, self.std = w.mean(0), w.std(0)
        if not (self.std > 0).all():
            raise InputError("the mapping network makes an entry of w that never varies")
        squared_norms = ((w - self.mean) / self.std).square().sum(1)
        self._typical, self._spread = squared_norms.mean().item(), squared_norms.std().item()

    def sample(self, count: int, rng: torch.Generator) -> Float[Tensor, "count latent"]:
        return self.from_normal(self._prior.sample(count, rng))

    @property
    def normal(self) -> Normal:
        """That of the other prior."""
        return self._prior.normal

    def from_normal(self, numbers: Float[Tensor, "count dim"]) -> Float[Tensor, "count latent"]:
        """Return what the mapping makes of them, centred and scaled."""
        return (self._mapping(numbers) - self.mean) / self.std

    def atypicality(self, latents: Float[Tensor, "batch latent"]) -> Float[Tensor, " batch"]:
        """Standard score of the squared norm among draws: entries of w are not independent."""
        return (latents.square().sum(1) - self._typical) / self._spread


class StyleGenerator(ModuleGenerator):
    """A network with a `mapping` and a `synthesis`, explored in W, its parameters frozen.

    The latent is w in units of its own distribution, w = mean + std · latent entry by entry, so
    that steps η, learning rates and priors mean what they mean for any other latent.

    Args:
        network: `mapping` takes z to w, (batch, dim) or (batch, layers, dim) with all layers alike;
            `synthesis` takes what `mapping` returns to images.
        prior: of z.
        weights: as for `ModuleGenerator`; a checkpoint holds both parts.
        draws: samples of w from which its distribution is estimated.
        seed: of these samples.
        mapping_arguments: named arguments of every call of `mapping`, passed as they are.
        options: further arguments of `ModuleGenerator`, for `synthesis`.

    Raises:
        InputError: as for `ModuleGenerator`, or the network has not both parts.
    """

    def __init__(
        self,
        network: nn.Module,
        prior: Prior,
        weights: str | Path | None = None,
        *,
        draws: int = 10_000,
        seed: int = 0,
        mapping_arguments: Mapping[str, Any] | None = None,
        **options: Any,
    ):
        for part in ("mapping", "synthesis"):
            if not isinstance(getattr(network, part, None), nn.Module):
                raise InputError(f"generator {type(network).__name__} has no part {part}")
        network = copied(network).eval()
        provenance = load_weights(network, weights)
        mapping = partial(network.get_submodule("mapping"), **(mapping_arguments or {}))

        def to_w(z: Tensor) -> Tensor:
            w = mapping(z)
            return w[:, 0] if w.ndim == 3 else w

        mapped = MappedPrior(to_w, prior, draws=draws, seed=seed)
        with torch.no_grad():
            w = mapping(prior.sample(1, torch.Generator().manual_seed(seed)))
        layers = w.shape[1] if w.ndim == 3 else None
        synthesis = StyleSynthesis(network.get_submodule("synthesis"), mapped, layers)
        super().__init__(synthesis, mapped, **options)
        self.provenance = provenance


class StyleSynthesis(nn.Module):
    """From a standardised w to an image."""

    mean: Tensor
    std: Tensor

    def __init__(self, synthesis: nn.Module, prior: MappedPrior, layers: int | None):
        super().__init__()
        self.synthesis, self.layers = synthesis, layers
        self.register_buffer("mean", prior.mean)
        self.register_buffer("std", prior.std)

    def forward(self, latents: Tensor, **arguments: Any) -> Tensor:
        w = self.mean + self.std * latents
        if self.layers is not None:
            w = w[:, None].expand(-1, self.layers, -1)
        return self.synthesis(w, **arguments)
