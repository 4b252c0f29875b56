"""What counts as the same `solutions.csv`."""

from __future__ import annotations

import pytest

from tests.compare_solutions import RENAMED, differences
from tests.synthetic_records import synthetic_record


@pytest.fixture
def table():
    return synthetic_record().tables["solutions"]


def test_names_that_methods_had_are_forgiven_and_so_are_starts_counted_from_0(table):
    older = table.drop(columns=["kind", "number"]).assign(
        method=table["method"].replace({new: old for old, new in RENAMED.items()}),
        seconds=1.0,
    )
    assert set(older["method"]) == set(RENAMED)
    older.loc[older["method"] == "PULSE", "direction"] = [f"start {i}" for i in range(5)]
    assert differences(older, table) == []


def test_a_changed_l2_is_seen(table):
    changed = table.copy()
    changed.loc[3, "l2"] *= 1.01
    (line,) = differences(table, changed)
    assert line.startswith(f"l2: 1 of {len(table)} rows differ")


def test_a_lost_row_a_lost_number_and_another_direction_are_seen(table):
    assert differences(table, table[:-1]) == [f"{len(table)} rows became {len(table) - 1}"]
    for column, other in (("lpips", float("nan")), ("direction", "v9"), ("feasible", None)):
        changed = table.astype({"feasible": object})
        changed.loc[len(table) - 1, column] = other
        (line,) = differences(table, changed)
        assert line.startswith(f"{column}: 1 of")
