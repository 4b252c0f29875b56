"""The particles of a level, and what the levels before say of how probable it is."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from eglass.errors import InputError
from eglass.posterior.bank import grid
from eglass.posterior.noise import GaussianNoise, Noise, UniformBall
from eglass.posterior.target import Posterior
from eglass.records import Record

#: Halvings of the interval in which a noise lies.
HALVINGS = 60


@dataclass(frozen=True)
class Level:
    """Chains of several independent runs, each of p(z | y) under one belief about the noise.

    Attributes:
        noise: the belief; none is the prior itself.
        z, l2: the particles.
        way: ℓ2 at each step of their moves, as `Info` has it.
        log_p: log of the prior's probability of this level, by each run.
        variance: of that, from how the chains of each run differ.
        history: a row for each threshold passed: its width, then log P by each run.
        passes, seconds: that all of it took.
        excess: as `Info` has it, the largest.
    """

    noise: Noise | None
    z: Float[Tensor, "runs chains moves dim"]
    l2: Float[Tensor, "runs chains moves"]
    way: Float[Tensor, "runs chains moved steps"]
    log_p: Float[Tensor, " runs"]
    variance: Float[Tensor, " runs"]
    history: list[list[float]] = field(default_factory=list)
    passes: int = 0
    seconds: float = 0.0
    excess: float = 0.0

    def log_weights(self, noise: Noise, entries: int) -> Float[Tensor, "runs chains moves"]:
        """Return how much more likely each particle is under another belief, as logarithms."""
        return self._log_weights(self.l2, noise, entries)

    def _log_weights(self, l2: Tensor, noise: Noise, entries: int) -> Tensor:
        new = noise.log_likelihood(l2, entries)
        return new if self.noise is None else new - self.noise.log_likelihood(l2, entries)

    def shares(self, noise: Noise, entries: int) -> Float[Tensor, "runs chains"]:
        """Return how much of this level's probability another belief leaves, as each chain has it.

        That is the mean over its places, corrected by what the steps on the way to them say
        otherwise than the last of these. Steps are draws no less than ends, and so the correction
        is 0 on average, whatever rounding does to both; it takes no passes, and about half of the
        variance.
        """
        here, way = (
            self._log_weights(l2, noise, entries).double().exp() for l2 in (self.l2, self.way)
        )
        plain = here.mean(2)
        corrected = plain + way.mean((2, 3)) - way[..., -1].mean(2)
        # Of very few places the correction may be more than the share.
        return torch.where(corrected.mean(1, keepdim=True) > 0, corrected, plain)

    def narrowed(
        self,
        noise: Noise,
        z: Float[Tensor, "runs chains moves dim"],
        l2: Float[Tensor, "runs chains moves"],
        way: Float[Tensor, "runs chains moved steps"],
        passes: int,
        excess: float,
        entries: int,
    ) -> Level:
        """Return the next level, of particles that were moved there."""
        by_chain = self.shares(noise, entries)
        mean = by_chain.mean(1)
        return Level(
            noise,
            z,
            l2,
            way,
            self.log_p + mean.log(),
            self.variance + by_chain.var(1) / by_chain.shape[1] / mean.square(),
            self.history + self._passed(noise, entries),
            self.passes + passes,
            self.seconds,
            excess,
        )

    def _passed(self, noise: Noise, entries: int) -> list[list[float]]:
        """Return the rows between this level and the next."""
        if isinstance(noise, UniformBall):
            highest = float(self.l2.max()) if self.noise is None else self.noise.width
            narrower: list[Noise] = [
                UniformBall(threshold=float(t)) for t in grid(noise.width, highest)[1:-1]
            ]
        else:
            narrower = []
        rows = []
        for each in [*narrower, noise]:
            share = self.shares(each, entries).mean(1)
            rows.append([each.width, *(self.log_p + share.log()).tolist()])
        return rows

    @property
    def evidence(self) -> tuple[float, float]:
        """log10 of the mean over runs, and its standard error: the larger of what runs and chains
        say of it.
        """
        error = max(
            float(self.variance.mean() / len(self.log_p)) ** 0.5,
            float(self.log_p.std()) / len(self.log_p) ** 0.5,
        )
        mean = torch.logsumexp(self.log_p, 0) - math.log(len(self.log_p))
        return float(mean) / math.log(10), error / math.log(10)

    @property
    def curve(self) -> pd.DataFrame:
        """`threshold`, `log10_p` and its `error`, from how runs differ."""
        rows = np.array(self.history).reshape(-1, 1 + len(self.log_p))
        log_p = torch.from_numpy(rows[:, 1:])
        mean = torch.logsumexp(log_p, 1) - math.log(log_p.shape[1])
        return pd.DataFrame(
            {
                "threshold": rows[:, 0],
                "log10_p": mean.numpy() / math.log(10),
                "error": log_p.std(1).numpy() / math.sqrt(log_p.shape[1]) / math.log(10),
            }
        )

    def save(self, folder: Path, rng: torch.Generator) -> None:
        """Keep it, and where random numbers were, to go on from."""
        meta = {
            "width": None if self.noise is None else self.noise.width,
            "kind": type(self.noise).__name__,
            "history": self.history,
            "passes": self.passes,
            "seconds": self.seconds,
            "excess": self.excess,
        }
        arrays = {name: getattr(self, name).cpu().numpy() for name in _ARRAYS}
        Record(meta, arrays | {"rng": rng.get_state().numpy()}).save(folder)

    @classmethod
    def load(cls, folder: Path, end: Noise, rng: torch.Generator) -> Level | None:
        """Return what was kept on the way to a belief, if anything was, and set the random numbers
        to there.
        """
        try:
            record = Record.load(folder)
        except InputError:
            return None
        meta = record.meta
        arrays: dict[str, Any] = {k: torch.from_numpy(v) for k, v in record.arrays.items()}
        if meta["kind"] != type(end).__name__ or meta["width"] < end.width:
            return None
        rng.set_state(arrays.pop("rng"))
        noise: Noise | None = None
        if meta["kind"] == "UniformBall":
            noise = UniformBall(threshold=meta["width"])
        elif meta["kind"] == "GaussianNoise":
            noise = GaussianNoise(sigma=meta["width"])
        kept = {name: meta[name] for name in ("history", "passes", "seconds", "excess")}
        return cls(noise, **arrays, **kept)


_ARRAYS = ("z", "l2", "way", "log_p", "variance")


def first_level(posterior: Posterior, runs: int, count: int, rng: torch.Generator) -> Level:
    """Return draws of the prior, `count` for each run, none of which depends on another."""
    z = posterior.draw(runs * count, rng)
    l2 = posterior.l2(z)
    # Each a chain of its own.
    zero = torch.zeros(runs, dtype=torch.float64)
    return Level(
        None,
        z.reshape(runs, count, 1, -1),
        l2.reshape(runs, count, 1),
        l2.reshape(runs, count, 1, 1),
        zero,
        zero,
        passes=runs * count,
    )


def sharper(end: Noise, level: Level, share: float, entries: int) -> Noise:
    """Return the narrowest belief, down to the last one, that leaves every run enough particles.

    Args:
        share: effective number of them, of all.
    """
    if isinstance(end, UniformBall):
        within = float(level.l2.flatten(1).quantile(share, dim=1).max())
        return end if within <= end.width else UniformBall(threshold=within)

    def enough(noise: Noise) -> bool:
        log_w = level.log_weights(noise, entries).flatten(1).double()
        log_ess = 2 * torch.logsumexp(log_w, 1) - torch.logsumexp(2 * log_w, 1)
        return bool((log_ess.exp() >= share * log_w.shape[1]).all())

    if enough(end):
        return end
    # In 1/σ², from what the level has.
    low = 0.0 if level.noise is None else level.noise.width**-2
    high = end.width**-2
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if middle > 0 and enough(GaussianNoise(sigma=middle**-0.5)):
            low = middle
        else:
            high = middle
    return GaussianNoise(sigma=high**-0.5)


def resampled(
    level: Level, log_weights: Float[Tensor, "runs chains moves"], count: int, rng: torch.Generator
) -> tuple[Float[Tensor, "runs count dim"], Float[Tensor, "runs count"]]:
    """Draw particles of each run by their weights, as evenly as can be (systematic resampling)."""
    z, l2 = [], []
    for run in range(len(level.l2)):
        weights = log_weights[run].flatten().double().softmax(0)
        # In random order, lest the places of one chain be drawn together.
        order = torch.randperm(len(weights), generator=rng)
        at = (torch.arange(count) + torch.rand(1, generator=rng)) / count
        ends = weights[order].cumsum(0)
        chosen = order[torch.searchsorted(ends, at.double() * ends[-1]).clamp(max=len(order) - 1)]
        z.append(level.z[run].flatten(0, 1)[chosen])
        l2.append(level.l2[run].flatten()[chosen])
    return torch.stack(z), torch.stack(l2)
