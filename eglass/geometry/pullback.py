"""The pull-back metrics of Sec. 3, exact, within a budget of memory."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.generators.base import Generator
from eglass.geometry.geometry import Geometry
from eglass.geometry.jacobians import Jacobians, full_precision
from eglass.geometry.memory import Chunks, PeakBytes, budget
from eglass.perceptual import PerceptualMetric
from eglass.problems import Problem
from eglass.progress import Progress, silent
from eglass.settings import Positive, settings

#: On a CPU, a chunk's largest tensor stays below this where it can: the C library returns larger
#: ones to the system at once, and each comes back page by page.
RETAINED = 32 * 2**20

#: Of the budget, the share that may be kept of the pass at z0.
KEPT = 1 / 2

#: In a chunk of fewer directions, the pass at z0 takes most of the time, where each repeats it.
SHARED_BY = 16

#: Up to so many directions go at once, where memory allows: recording saves no more than it takes.
AT_ONCE = 100

#: Of more directions at a time, nothing more is shared, and their tensors leave the caches.
ENOUGH = 64

#: A direction takes less memory than so many passes without tangents.
AMPLE = 8

#: What belongs to φ and what belongs to ψ, a row for each direction.
Pair = tuple[Float[Tensor, "batch entries"], Float[Tensor, "batch features"]]


@torch.no_grad()
@full_precision()
def pullback_metrics(
    generator: Generator,
    problem: Problem,
    perceptual: PerceptualMetric,
    z0: Float[Tensor, " latent"],
    *,
    memory_gb: float | None = None,
    progress: Progress = silent,
) -> tuple[Float[Tensor, "latent latent"], Float[Tensor, "latent latent"]]:
    """Return H_Y and H_X at z0, exact, by forward-mode differentiation within a budget.

    Entries are inner products of columns of J_φ and of J_ψ. Where the budget holds all columns,
    each is computed once. Else a block of them is held while the others pass by, block after
    block. In place of J_ψ, which is larger than images are, J_Fᵀ J_ψ is kept then: its products
    with columns of J_G are H_X.

    Args:
        memory_gb: gigabytes that it may take; none takes a share of what is free.
        progress: called with the columns computed so far, and may end it by raising.
    """
    available = budget(memory_gb, z0.device)
    with PeakBytes() as one:
        J = Jacobians(generator, problem, perceptual, z0)
    plan = _Plan(J, available, one)
    H = J.z0.new_zeros(2, len(z0), len(z0))
    total = sum(len(z0) - rows.start for rows in plan.blocks())
    done = 0

    def report(columns: slice) -> None:
        nonlocal done
        done += columns.stop - columns.start
        progress("geometry", done, total)

    for rows in plan.blocks():
        _fill(H, rows, plan, report)
    H_Y, H_X = H.triu() + H.triu(1).mT
    return H_Y, H_X


class _Plan:
    """How many columns of the Jacobians are kept, how many are computed at a time, and of what.

    A quarter of the budget goes to directions under way, the rest to a block of rows held.

    Args:
        available: bytes of the budget.
        one: a pass without tangents.
    """

    def __init__(self, J: Jacobians, available: int, one: PeakBytes):
        self.J = J
        self.E = torch.eye(len(J.z0), dtype=J.z0.dtype, device=J.z0.device)
        self.held = self._columns
        most = len(self.E)
        if J.z0.device.type == "cpu":
            fit = (RETAINED - 1) // max(1, one.largest)
            if most > min(AT_ONCE, fit):
                most = _evenly(most, min(ENOUGH, fit))
        if most < len(self.E) and not _record(J, one, int(KEPT * available)):
            most = min(len(self.E), max(most, SHARED_BY))
        available -= J.kept_bytes
        # On a small network, measuring a direction's memory takes as long as many directions do.
        if max(AMPLE * one.peak * most, J.row_bytes * len(self.E)) <= available // 4:
            self.chunks, self.block = Chunks(most), len(self.E)
            return
        self.chunks, self.block = self._divide(available, most)
        if self.block < len(self.E):
            self.held = self._pulled_back
            self.chunks, self.block = self._divide(available, most)

    def blocks(self) -> list[slice]:
        """Return the rows of each block."""
        ends = [*range(self.block, len(self.E), self.block), len(self.E)]
        return [slice(start, end) for start, end in zip([0, *ends], ends)]

    def passing(self, directions: Tensor) -> Pair:
        t = self.J.image_tangents(directions)
        return self.J.measured(t), t.flatten(1)

    def _columns(self, directions: Tensor) -> tuple[Pair, Pair]:
        t = self.J.image_tangents(directions)
        both = self.J.measured(t), self.J.perceived(t)
        return both, both

    def _pulled_back(self, directions: Tensor) -> tuple[Pair, Pair]:
        passing = self.passing(directions)
        t = passing[1].unflatten(1, self.J.image.shape)
        return (passing[0], self.J.perceived_metric(t).flatten(1)), passing

    def _divide(self, available: int, most: int) -> tuple[Chunks, int]:
        with PeakBytes() as one:
            held, _passing = self.held(self.E[:1])
        # Results of the last chunk are still there while the next one is under way.
        each = one.peak + one.live
        size = max(1, min(most, available // 4 // each))
        room = available - size * each
        return Chunks(size), max(1, min(len(self.E), room // sum(row.nbytes for row in held)))


def _evenly(count: int, most: int) -> int:
    """Return how many of a count go at a time, in as few chunks as there must be, all alike."""
    return math.ceil(count / math.ceil(count / max(1, most)))


def _record(J: Jacobians, one: PeakBytes, room: int) -> bool:
    """Record the Jacobians where there is room; say whether it was done.

    Args:
        one: a pass without tangents.
    """
    # No more is kept than all that the pass computes.
    if one.total > room:
        return False
    try:
        J.record()
    except Exception:  # A generator is anyone's code, and need not be one that can be recorded.
        return False
    return True


def _fill(
    H: Float[Tensor, "2 latent latent"],
    rows: slice,
    plan: _Plan,
    report: Callable[[slice], None],
) -> None:
    """Compute some rows of the upper triangles of both metrics."""
    kept: list[Tensor] = []
    count = rows.stop - rows.start
    for at, (new, others) in plan.chunks.map(plan.held, plan.E[rows]):
        kept = kept or [
            row if len(row) == count else row.new_empty(count, row.shape[1]) for row in new
        ]
        for i, other in enumerate(others):
            if len(new[i]) < count:
                kept[i][at] = new[i]
            H[i, rows, rows][: at.stop, at] = kept[i][: at.stop] @ other.T
        report(at)
    for at, others in plan.chunks.map(plan.passing, plan.E[rows.stop :]):
        for i, other in enumerate(others):
            H[i, rows, rows.stop :][:, at] = kept[i] @ other.T
        report(at)


@settings
class ExactGeometry:
    """Both metrics, whole, by forward-mode differentiation.

    Attributes:
        memory_gb: gigabytes that the computation may take; none takes a share of what is free.
    """

    memory_gb: Positive | None = None

    def __call__(
        self,
        generator: Generator,
        problem: Problem,
        perceptual: PerceptualMetric,
        z0: Float[Tensor, " latent"],
        *,
        progress: Progress = silent,
    ) -> Geometry:
        """Return both metrics at z0, decomposed (Algorithm 1, its first four lines).

        Args:
            generator: the one that makes G(z0).
            problem: whose operator gives H_Y.
            perceptual: whose features give H_X.
            progress: called now and then, and may end the computation by raising.
        """
        H_Y, H_X = pullback_metrics(
            generator, problem, perceptual, z0, memory_gb=self.memory_gb, progress=progress
        )
        return Geometry.from_metrics(z0.detach(), H_Y, H_X)
