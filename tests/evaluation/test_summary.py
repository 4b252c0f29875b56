"""The numbers that a record is known by."""

from __future__ import annotations

import pytest

from eglass.evaluation.claims import EDGE, EGLASS, EIGENVECTOR, PULSE
from eglass.evaluation.summary import names, summarise
from tests.synthetic_records import synthetic_record


@pytest.fixture
def record():
    record = synthetic_record()
    record.meta["timings"] = {"inversion": 2.0, "geometry": 0.5} | {
        method: 0.1 for method in (PULSE, EIGENVECTOR, EGLASS, EDGE)
    }
    record.tables["solutions"]["atypicality"] = 0.0
    return record


def test_an_infeasible_image_gains_nothing(record):
    found = record.tables["solutions"]
    rows = found[found["method"] == EGLASS].index
    found.loc[rows, "lpips"] = [0.1, 0.2, 0.3, 0.4]
    found.loc[rows, "feasible"] = [True, False, True, False]
    summary = summarise(record)
    assert summary["e_GLASS/lpips_mean"] == pytest.approx(0.25)
    assert summary["e_GLASS/lpips_gained"] == pytest.approx((0.1 + 0.3) / 4)
    assert summary["e_GLASS/feasible"] == 0.5


def test_the_names_are_known_before_anything_is_explored(record):
    assert sorted(names([PULSE, EIGENVECTOR, EGLASS, EDGE])) == sorted(summarise(record))
