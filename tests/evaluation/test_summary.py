"""The numbers that a record is known by: what W&B shows, and what a sweep can look for."""

from __future__ import annotations

import pytest

from eglass.evaluation.summary import numbers, summarise
from eglass.records import names
from tests.synthetic_records import METHODS, synthetic_record


def test_each_number_is_of_its_own_method():
    record = synthetic_record()
    summary = summarise(record)
    table = record.tables["solutions"]
    for method in METHODS:
        found = table[table["method"] == method.key]
        assert summary[f"{method.key}/l2_mean"] == pytest.approx(found["l2"].mean())
        assert summary[f"{method.key}/l2_max"] == found["l2"].max()
        assert summary[f"{method.key}/feasible"] == pytest.approx(found["feasible"].mean())
        assert summary[f"{method.key}/atypicality_mean"] == pytest.approx(
            found["atypicality"].mean()
        )
    assert summary["inversion/l2"] == 8.4e-4
    assert summary["inversion/reached"] is True
    assert summary["seconds/inversion"] == 1.5
    assert summary["seconds/algorithm1"] == 0.25


def test_an_infeasible_image_gains_nothing():
    record = synthetic_record()
    found = record.tables["solutions"]
    rows = found[found["method"] == names.ALGORITHM1_STEPS.key].index
    found.loc[rows, "lpips"] = [0.1, 0.2, 0.3, 0.4]
    found.loc[rows, "feasible"] = [True, False, True, False]
    summary = summarise(record)
    assert summary["algorithm1_steps/lpips_mean"] == pytest.approx(0.25)
    assert summary["algorithm1_steps/lpips_gained"] == pytest.approx((0.1 + 0.3) / 4)


def test_the_names_are_known_before_anything_is_explored():
    assert sorted(numbers(METHODS, "lpips")) == sorted(summarise(synthetic_record()))
