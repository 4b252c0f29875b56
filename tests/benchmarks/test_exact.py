"""What exact samplers gain over plain slices, target by target."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments.benchmarks.exact import summary


def runs(gains: list[float], threshold: float) -> pd.DataFrame:
    """Return a target for each gain: its trace is as large as its place in the list."""
    rows = [
        {
            "problem": "half",
            "target": f"sample-{i}",
            "threshold": threshold,
            "trace_over_threshold": float(i),
            "contender": contender,
            "latents": times * (i + 1),
            "measured": (i + 1) / times,
            "passes_a_move": 3.0,
        }
        for i, gain in enumerate(gains)
        for contender, times in (("plain slices", 1.0), ("weighted slices", gain))
    ]
    return pd.DataFrame(rows)


def test_a_gain_is_each_target_s_own_and_its_correlation_that_of_one_threshold():
    found = summary(pd.concat([runs([2.0, 3.0, 8.0], 0.01), runs([9.0, 5.0], 0.003)]))
    many, few = found[found["contender"] == "weighted slices"].to_dict("records")
    assert many["latents_gain"] == 3.0
    assert many["measured_gain"] == pytest.approx(1 / 3)
    assert many["latents_spearman"] == pytest.approx(1.0)
    assert many["measured_spearman"] == pytest.approx(-1.0)
    # Two targets say nothing of a correlation.
    assert few["latents_gain"] == 7.0
    assert pd.isna(few["latents_spearman"])
    assert summary(runs([9.0, 5.0], 0.003))["latents_spearman"].isna().all()
    plain = found[found["contender"] == "plain slices"]
    assert plain["latents_gain"].isna().all()
