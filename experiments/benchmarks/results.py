"""What the benchmarks found: a file for each, the names and the statistics in it. No torch."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from eglass.errors import InputError
from eglass.records import whole_file

#: Ways to both metrics.
FUSED, DOUBLE_BACKWARD, FLOOR = "e-GLASS, fused", "double backward", "floor: d forward passes"
REVERSE, DIFFERENCES = "reverse-mode Jacobian", "finite differences"

#: Ways to N solutions.
SEQUENTIAL, BATCHED = "PULSE, sequential", "PULSE, batched, stopped"
EGLASS, SAME_BUDGET = "e-GLASS", "e-GLASS, budget of one PULSE solve"

#: Searches for a latent.
LIGHTNING, BARE = "Lightning", "bare loop"

#: Seconds of one target, and of each of many.
ALONE = "one target alone"

SPREAD = {"min": "min", "25%": "q1", "50%": "median", "75%": "q3", "max": "max", "count": "runs"}


def lanczos(rank: int) -> str:
    """Return the name of the rival that finds the top of both spectra."""
    return f"Lanczos, top {rank}"


def each_of(targets: int) -> str:
    """Return the name of what one of so many targets takes."""
    return ALONE if targets == 1 else f"each of {targets} targets"


@dataclass(frozen=True)
class Result:
    """What one benchmark found: where and how (`meta`), and tables by name."""

    meta: dict[str, Any]
    tables: dict[str, pd.DataFrame]

    def write(self, folder: Path) -> Path:
        """Write `<benchmark>.json`, whole or not at all, and return its path."""
        tables = {
            name: json.loads(table.to_json(orient="records")) for name, table in self.tables.items()
        }
        path = folder / f"{self.meta['benchmark']}.json"
        with whole_file(path) as draft:
            draft.write_text(json.dumps(self.meta | {"tables": tables}, indent=1) + "\n")
        return path

    @classmethod
    def read(cls, folder: Path, benchmark: str) -> Result:
        """Read back what `write` wrote.

        Raises:
            InputError: it was not written, or is damaged.
        """
        path = folder / f"{benchmark}.json"
        if not path.is_file():
            raise InputError(f"no benchmark at {path}: run `eglass bench` first")
        try:
            meta = json.loads(path.read_text())
            tables = {name: pd.DataFrame(rows) for name, rows in meta.pop("tables").items()}
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise InputError(f"{path} is no benchmark: move it away, or run it again") from error
        return cls(meta, tables)


def machine(found: Result) -> str:
    """Return the machine that a benchmark ran on, in words; how busy it was is left out."""
    about = found.meta["environment"]["machine"]
    return (
        f"{about.get('gpu') or about['cpu']}, {about['cores']} cores, {about['threads']} threads, "
        f"{about['memory_gb']:.0f} GB"
    )


def spread(rows: pd.DataFrame, by: list[str], value: str = "seconds") -> pd.DataFrame:
    """Return minimum, quartiles, median and maximum of a column, a row for each group."""
    found = rows.groupby(by, sort=False)[value].describe()
    return found[list(SPREAD)].rename(columns=SPREAD).reset_index()


def ratios(
    rows: pd.DataFrame,
    pairs: list[tuple[str, str]],
    *,
    by: list[Hashable],
    paired: list[Hashable],
    value: str = "seconds",
) -> pd.DataFrame:
    """Return the spread of ratios of contenders, each taken within one round.

    Args:
        pairs: (numerator, denominator); those that did not both run are left out.
        by: columns that tell the rows of the outcome apart.
        paired: columns that tell the rounds of one group apart.
    """
    wide = rows.pivot(index=[*by, *paired], columns="contender", values=value)
    parts = []
    for over, under in pairs:
        if {over, under} <= set(wide):
            ratio = (wide[over] / wide[under]).dropna().rename("ratio").reset_index()
            parts.append(ratio.assign(over=over, under=under))
    everything = pd.concat(parts) if parts else pd.DataFrame(columns=[*by, "over", "under"])
    if everything.empty:
        return everything
    return spread(everything, [*map(str, by), "over", "under"], "ratio")
