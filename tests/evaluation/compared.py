"""What explorers that nobody ran came to, for the tests of what is made of a comparison."""

from __future__ import annotations

import pandas as pd

from eglass.evaluation.comparison import MEASURES, aggregate


def compared(methods: dict[str, int]) -> pd.DataFrame:
    """Return a row a problem, method and target, of which every measure is `value + target`."""
    rows = [
        {"problem": problem, "threshold": 3e-3, "count": 10, "method": method, "target": target}
        | {measure: float(value + target) for measure in MEASURES}
        for problem in ("super_resolution", "inpainting")
        for method, value in methods.items()
        for target in range(4)
    ]
    return pd.DataFrame(rows)


def averaged(methods: dict[str, int]) -> pd.DataFrame:
    """Return the same, averaged over targets."""
    return aggregate(compared(methods), resamples=100, confidence=0.95, seed=0)
