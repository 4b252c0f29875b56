"""A bank of latents whose measurements are known: where to start a search from."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.generators.base import Generator
from eglass.problems import Problem


class LatentBank:
    """Draws from the prior, each measured once for a generator and an operator, then kept.

    Measuring costs one forward pass for each latent; every further measurement of the same
    operator only looks them up.

    Args:
        size: number of latents.
        seed: of the draws.
    """

    def __init__(self, size: int, seed: int = 0):
        self.size = size
        self.seed = seed
        self._measured: WeakKeyDictionary[Generator, dict[bytes, Tensor]] = WeakKeyDictionary()

    def latents(self, generator: Generator) -> Float[Tensor, "size latent"]:
        """Return the latents, the same ones every time."""
        return generator.sample(self.size, torch.Generator().manual_seed(self.seed))

    @torch.no_grad()
    def nearest(
        self, generator: Generator, problem: Problem, count: int
    ) -> Float[Tensor, "count latent"]:
        """Return the latents whose images explain a measurement best, the best one first."""
        # A is linear: black leaves −y of the residual.
        black = -torch.ones(1, *problem.image_size, device=problem.device)
        y = -problem.residual(black)
        distances = torch.cdist(y, self._measurements(generator, problem))[0]
        best = distances.topk(min(count, self.size), largest=False).indices
        return self.latents(generator)[best]

    def _measurements(
        self, generator: Generator, problem: Problem
    ) -> Float[Tensor, "size entries"]:
        known = self._measured.setdefault(generator, {})
        # Linear operators that agree on a random image are the same.
        rng = torch.Generator().manual_seed(self.seed)
        probe = torch.rand(1, *problem.image_size, generator=rng).to(problem.device)
        key = problem.push_forward(probe).cpu().numpy().tobytes()
        if key not in known:
            chunks = self.latents(generator).split(50)
            known[key] = torch.cat([problem.push_forward(generator(z) + 1) for z in chunks])
        return known[key]
