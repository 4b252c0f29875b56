"""Explorers compared through the real command line, tiny."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from eglass.workflows import compared
from experiments import compare
from tests.experiments.running import changed, composed, run

TINY = [
    "profile=smoke",
    "~problem@problems.super_resolution",
    "samples.count=1",
    "compare.counts=[3]",
]


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("compare")
    run(compare, *TINY, f"results={place}")
    return place


def test_every_explorer_is_measured_once_on_every_target_at_every_threshold(results):
    table = pd.read_csv(results / "comparison_targets.csv")
    # Eight explorers, for one is left out, two thresholds, the photograph and a sample.
    assert table["method"].nunique() == 8
    assert (table.groupby(["method", "threshold", "target"]).size() == 1).all()
    assert len(table) == 8 * 2 * 2
    # On the sphere, Algorithm 1 is an explorer of its own.
    assert {"Algorithm 1", "Algorithm 1 (sphere)"} < set(table["method"])
    assert (table["changed"] > 0).all()
    assert table["feasible"].between(0, 1).all()
    assert (table["seconds"] >= table["exploring_seconds"]).all()
    pulse = table[table["method"] == "PULSE"]
    # Twenty steps from three starts, and once more for the images.
    assert set(pulse["passes"]) == {3 * 21}


def test_one_explorer_is_tried_at_each_value_and_not_twice_at_its_own(results):
    table = pd.read_csv(results / "comparison_targets.csv")
    traded = pd.read_csv(results / "tradeoff_targets.csv")
    assert traded["method"].tolist() == [1, 3] * 2 * 2
    own = table[table["method"] == "repulsion"]
    assert traded["seconds"][1::2].tolist() == own["seconds"].tolist()


def test_the_table_and_pictures_of_both_targets_are_written(results):
    for name in ("diversity", "tradeoff", "explorers_inpainting", "explorers_inpainting_sample"):
        assert (results / f"{name}.png").stat().st_size > 5000
    assert "repulsion" in (results / "comparison.md").read_text()


def test_what_is_there_is_read_back_for_its_own_settings(results):
    cfg = composed("config", *TINY, f"results={results}")
    assert len(compared.load_compared(cfg)) == 2
    # Settings of the figures' explorations are none of a comparison's.
    assert len(compared.load_compared(changed(cfg, "walks.strip=[1]", "count=8"))) == 2
    for other in ("seed=1", "compare.modes_apart=0.2", "explorer.k=9", "compare.counts=[4]"):
        assert compared.load_compared(changed(cfg, other)) == []
