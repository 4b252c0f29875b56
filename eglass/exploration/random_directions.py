"""Any number of solutions, a forward pass each: random directions, seen but not measured."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.errors import InputError
from eglass.exploration.eigenvectors import check_K, check_k
from eglass.exploration.explorer import Explorer
from eglass.exploration.solutions import Solutions
from eglass.exploration.start import StartingPoint
from eglass.geometry import Geometry
from eglass.progress import Progress, silent
from eglass.records.names import Direction, Method
from eglass.settings import Count, Natural, NotNegative, Positive, Share, settings


@settings
class RandomDirections(Explorer):
    """Both ways along random combinations of v^K, less the top k eigenvectors of H_Y.

    Algorithm 1 at a threshold of zero, started from a mixture. A step goes to where the quadratic
    foresees a share of the threshold, and is not bisected: what turns out infeasible is dropped
    while there are others, and kept, marked, where too few are found; what is missing then goes
    the shortest step.

    Attributes:
        first_K, last_K: of the v^K that are combined, counted from 1.
        k: top eigenvectors of H_Y that are projected out.
        share: of what G(z0) leaves of the threshold, that a step is to use up.
        min_step: a shorter one counts as no other solution.
        max_step: largest step η.
        batch: directions tried at a time.
        effort: how many times as many images as are asked for are tried at most.
    """

    method: ClassVar[Method] = Method("random_directions", "random directions")

    first_K: Count = 8
    last_K: Count = 40
    k: Natural = 20
    share: Share = 0.5
    min_step: NotNegative = 1.0
    max_step: Positive = 8.0
    batch: Count = 8
    effort: Count = 8

    def check(self, dim: int) -> None:
        check_K([self.first_K], dim, "first_K")
        check_K([self.last_K], dim, "last_K")
        check_k(self.k, dim)
        if self.first_K > self.last_K:
            raise InputError(
                f"first_K is {self.first_K} and last_K {self.last_K}: expected first_K ≤ last_K"
            )

    @torch.no_grad()
    def __call__(
        self,
        start: StartingPoint,
        *,
        count: int,
        rng: torch.Generator,
        progress: Progress = silent,
    ) -> Solutions:
        self.check(start.geometry.dim)
        problem, H_Y = start.problem, start.geometry.H_Y
        room = self.share * problem.threshold - problem.l2(start.generator(start.z0[None]))
        good: list[tuple[Tensor, Tensor]] = []
        bad: list[tuple[Tensor, Tensor]] = []
        tried = kept = 0
        # Where G(z0) itself uses up that share, one batch of the shortest steps says what is left.
        while kept < count and tried < self.effort * count and (room > 0 or not tried):
            # As many as it takes at the rate of success so far, and a few.
            needed = math.ceil(1.1 * (count - kept) / 2 * (tried + 10) / (kept + 8))
            many = max(1, min(self.batch, needed))
            d = random_directions(start.geometry, self.first_K, self.last_K, self.k, many, rng)
            measured = ((d @ H_Y) * d).sum(1).clamp(min=1e-12)
            steps = (room.clamp(min=0) / measured).sqrt().clamp(max=self.max_step)
            tried += 2 * many
            long = steps > self.min_step
            if long.any():
                d, steps = d[long], steps[long]
            elif good:
                continue
            moves = steps.clamp(min=self.min_step)[:, None] * d
            moves = torch.cat([moves, -moves])
            images = start.generator(start.z0 + moves)
            feasible = problem.feasible(problem.l2(images))
            good.append((moves[feasible], images[feasible]))
            bad.append((moves[~feasible], images[~feasible]))
            kept += int(feasible.sum())
            progress("exploration", min(kept, count), count)
        missing = count - sum(len(moves) for moves, _ in (*good, *bad))
        if missing > 0:
            d = random_directions(start.geometry, self.first_K, self.last_K, self.k, missing, rng)
            moves = self.min_step * d
            bad.append((moves, start.generator(start.z0 + moves)))
        moves, images = (torch.cat(parts)[:count] for parts in zip(*good, *bad))
        return start.measure(
            start.z0 + moves,
            method=self.method,
            directions=[Direction("r", i) for i in range(1, len(moves) + 1)],
            steps=moves.norm(dim=1).tolist(),
            images=images,
        )


def random_directions(
    geometry: Geometry, first_K: int, last_K: int, k: int, count: int, rng: torch.Generator
) -> Float[Tensor, "count latent"]:
    """Return random unit directions in the span of v^K, K from the first to the last, less the top
    k eigenvectors of H_Y.

    Raises:
        InputError: there are no such eigenvectors.
    """
    V = torch.stack([geometry.eigenvector(i) for i in range(first_K, last_K + 1)])
    weights = torch.randn(count, len(V), generator=rng).to(V)
    U = geometry.U[:, :k]
    d = weights @ V
    return torch.nn.functional.normalize(d - d @ U @ U.T, dim=1)
