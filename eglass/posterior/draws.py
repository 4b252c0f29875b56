"""Exact draws of a posterior, and how far they may be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from eglass.errors import InputError
from eglass.records import Record

#: Quantiles that the effective size of the tails is of.
TAILS = (0.05, 0.95)


@dataclass(frozen=True)
class Draws:
    """Draws of p(z | y), in chains.

    Attributes:
        latents: the Gaussian numbers of each; a generator's latents themselves, where its prior is
            Gaussian. `Posterior.images` makes images of them.
        l2: of their images.
        superchains: how many independent runs the chains come from, equally many from each, one
            run after another.
        noise: what was believed of the noise, in words of its kind and its number.
        curve: `threshold`, `log10_p`, `error`: log10 P(ℓ2 ≤ threshold) of the prior.
        log10_p, log10_p_error: log10 of the prior's probability of what the noise allows: the
            evidence, up to a constant where the noise is Gaussian.
        log10_p_runs: the same, of each independent run.
        passes, seconds: what they took, with all before.
        excess: as `Info` has it, the largest.
    """

    latents: Float[Tensor, "chains draws dim"]
    l2: Float[Tensor, "chains draws"]
    superchains: int
    noise: Mapping[str, Any]
    curve: pd.DataFrame
    log10_p: float
    log10_p_error: float
    log10_p_runs: tuple[float, ...] = ()
    passes: int = 0
    seconds: float = 0.0
    excess: float = 0.0

    @property
    def flat(self) -> Float[Tensor, "count dim"]:
        """All draws, chain after chain."""
        return self.latents.flatten(0, 1)

    @property
    def flat_l2(self) -> Float[Tensor, " count"]:
        """Their ℓ2."""
        return self.l2.flatten()

    def __len__(self) -> int:
        return self.l2.numel()

    @cached_property
    def rhat(self) -> float:
        """The worst rank-normalised R-hat of ℓ2 and all numbers: nested, of independent runs, where
        there are several with chains each; else split (Vehtari et al., 2021; Margossian et al.,
        2024).
        """
        chains = len(self.l2)
        if not 1 < self.superchains < chains:
            return float(np.max(statistics().rhat(self._values)))
        ids = np.arange(chains) // (chains // self.superchains)
        return float(np.max(statistics().rhat_nested(self._values, superchain_ids=ids)))

    @cached_property
    def ess_bulk(self) -> float:
        """The least effective number of draws, of ℓ2 and all numbers."""
        return float(np.min(statistics().ess(self._values, method="bulk")))

    @cached_property
    def ess_tail(self) -> float:
        """The same of the outer twentieths."""
        return float(np.min(statistics().ess(self._values, method="tail", prob=TAILS)))

    @cached_property
    def _values(self) -> np.ndarray:
        everything = torch.cat([self.latents, self.l2[..., None]], 2)
        return np.ascontiguousarray(everything.permute(2, 0, 1).double().cpu().numpy())

    def record(self, meta: Mapping[str, Any]) -> Record:
        """Return them as a record: `latents`, `l2`, the table `curve`, and what says the rest.

        Args:
            meta: what else a record says of itself.
        """
        own = {
            name: value
            for name, value in asdict(self).items()
            if name not in ("latents", "l2", "curve")
        }
        diagnostics = {"rhat": self.rhat, "ess_bulk": self.ess_bulk, "ess_tail": self.ess_tail}
        arrays = {"latents": self.latents.cpu().numpy(), "l2": self.l2.cpu().numpy()}
        return Record({**meta, "draws": own | diagnostics}, arrays, {"curve": self.curve})

    @classmethod
    def of_record(cls, record: Record) -> Draws:
        """Return the draws of a record."""
        own = dict(record.meta["draws"])
        for name in ("rhat", "ess_bulk", "ess_tail"):
            del own[name]
        own["log10_p_runs"] = tuple(own["log10_p_runs"])
        latents, l2 = (torch.from_numpy(record.arrays[name]) for name in ("latents", "l2"))
        return cls(latents, l2, curve=record.tables["curve"], **own)

    def save(self, folder: str | Path) -> None:
        """Write them as a record, whole or not at all."""
        self.record({}).save(folder)

    @classmethod
    def load(cls, folder: str | Path) -> Draws:
        """Read them back.

        Raises:
            InputError: there are none, or they are not as they were written.
        """
        return cls.of_record(Record.load(folder))


def statistics() -> Any:
    """Return what judges chains.

    Raises:
        InputError: it is not installed.
    """
    try:
        from arviz_stats.base import array_stats
    except ImportError:
        raise InputError(
            "exact draws are judged by arviz-stats, which is not installed: expected Python 3.11 "
            "or newer, and `pip install arviz-stats`"
        ) from None
    return array_stats


def about(noise: Any) -> dict[str, Any]:
    """Return what was believed of the noise, for a record."""
    return {"kind": type(noise).__name__, **asdict(noise)}
