"""Claims are measured as they say, and fail where they should."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eglass import claims
from eglass.evaluation.claims import EGLASS, EIGENVECTOR, PULSE
from eglass.records import Record


def test_a_batch_is_feasible_when_its_last_start_has_been():
    history = pd.DataFrame(
        {
            "step": [0, 0, 1, 1, 2, 2],
            "start": [0, 1, 0, 1, 0, 1],
            # The first start is feasible at once, and leaves again: it has been there.
            "l2": [0.005, 0.5, 0.5, 0.05, 0.5, 0.001],
            "seconds": [1.0, 1.0, 2.0, 2.0, 3.0, 3.0],
        }
    )
    assert claims.time_to_feasible(history, 0.01) == 3.0
    assert claims.time_to_feasible(history, 0.5) == 1.0
    assert claims.time_to_feasible(history, 1e-9) == 3.0


def record(**tables: pd.DataFrame) -> Record:
    config = {"exploration": {"k": 2}}
    eye = np.eye(4, dtype=np.float32)
    arrays = {"C": eye, "z0": eye[0], "Lambda": np.array([8.0, 1, 1, 0])}
    return Record({"config": config}, arrays, tables)


def test_the_share_of_the_trace_is_of_the_top():
    top = Record({"traces": {"Y": 10.0}}, {"Lambda": np.array([8.0, 1])})
    assert claims._trace_share(top, "Lambda", "Y", 1) == pytest.approx(0.8)


def test_coupling_is_compared_with_random_directions():
    random = np.linalg.qr(np.random.default_rng(0).normal(size=(400, 400)))[0]
    by_chance = Record({}, {"C": random, "z0": random[0]})
    assert claims._coupling_over_chance(by_chance, slice(None, 100)) == pytest.approx(1, abs=0.05)


def test_matched_lpips_compares_equal_changes():
    # Along v, ℓ2 is a hundred times LPIPS; along d, ten times: ten times less at equal change.
    steps = np.array([1.0, 2.0, 3.0])
    walk = pd.concat(
        pd.DataFrame(
            {"direction": f"{name}8", "step": side * steps, "lpips": reach * steps}
        ).assign(l2=lambda t, s=slope: s * t["lpips"])
        for name, slope, reach in (("v", 100, 0.1), ("d", 10, 0.07))
        for side in (-1, 1)
    )
    assert claims._l2_ratio_at_matched_lpips(record(strip=walk)) == pytest.approx(10)


def test_matched_steps_compare_the_same_steps():
    solutions = pd.DataFrame({"method": [EIGENVECTOR, EGLASS], "l2": [0.03, 0.01]})
    assert claims._l2_ratio_at_matched_step(record(solutions=solutions)) == pytest.approx(3)


def test_the_largest_measured_correlation_is_over_the_top_k():
    correlation = pd.DataFrame(
        {
            "direction": ["d8"] * 3 + ["v8"] * 3,
            "basis": "U",
            "j": [1, 2, 3] * 2,
            "correlation": [0.01, 0.04, 0.9, 0.8, 0.1, 0.1],
        }
    )
    found = claims._largest_measured_correlation(record(correlation=correlation))
    assert found == pytest.approx(0.04)


def test_seconds_of_e_glass_include_everything():
    timings = {"inversion": 2.0, "geometry": 0.5, claims.EDGE: 0.25, PULSE: 100.0}
    assert claims.eglass_seconds(Record({"timings": timings})) == 2.75
