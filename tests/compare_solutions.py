"""Compare two `solutions.csv`: `python -m tests.compare_solutions OLD NEW`.

Everything must agree but seconds, columns that only one of them has, and names that have changed
since: methods and PULSE's starts, which were counted from 0. Exits with 1 where something differs.
"""

from __future__ import annotations

import sys

import pandas as pd

#: What methods were called before they had keys.
RENAMED = {
    "PULSE": "pulse",
    "v^K": "eigenvectors_steps",
    "e-GLASS": "algorithm1_steps",
    "v^K, largest step": "eigenvectors",
    "e-GLASS, largest step": "algorithm1",
}
EXACT = ["problem", "target", "method", "direction", "feasible"]
NUMBERS = ["step", "l2", "lpips", "atypicality"]


def differences(old: pd.DataFrame, new: pd.DataFrame, tolerance: float = 1e-4) -> list[str]:
    """Return a line for each column that differs.

    Args:
        tolerance: relative, of numbers: what another order of summation may make of them.
    """
    if len(old) != len(new):
        return [f"{len(old)} rows became {len(new)}"]
    old, new = old.reset_index(drop=True), new.reset_index(drop=True)
    old = old.assign(method=old["method"].replace(RENAMED))
    found = []
    for column in EXACT:
        differs = old[column] != new[column]
        if column == "direction":
            differs &= old["method"] != "pulse"
        if differs.any():
            found.append(f"{column}: {differs.sum()} of {len(old)} rows differ")
    for column in NUMBERS:
        off = (old[column] - new[column]).abs() / old[column].abs().clip(lower=1e-3)
        one_sided = old[column].isna() != new[column].isna()
        if (off > tolerance).any() or one_sided.any():
            rows = int((off > tolerance).sum() + one_sided.sum())
            found.append(f"{column}: {rows} of {len(old)} rows differ, by up to {off.max():.1e}")
    return found


if __name__ == "__main__":
    lines = differences(*map(pd.read_csv, sys.argv[1:3]))
    print("\n".join(lines) or "the same")
    sys.exit(bool(lines))
