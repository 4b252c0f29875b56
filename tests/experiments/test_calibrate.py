"""Calibration through the real command line, tiny."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments import calibrate
from tests.experiments.running import run

TINY = [
    "~problem@problems.inpainting",
    "noises.gaussian=null",
    "samplers.reflections.truths=3",
    "samplers.reflections.sampler.moves=1",
    "samplers.reflections.sampler.draws=3",
    "samplers.reflections.sampler.rounded=0",
    "samplers.reflections.sampler.kernel.particles=0",
    "samplers.from_scratch=null",
    "together=2",
    "count=2",
]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    place = tmp_path_factory.mktemp("calibrate")
    run(calibrate, *TINY, f"results={place}")
    return place


def test_each_statistic_has_a_row_and_the_shares_one(results):
    table = pd.read_csv(results / "calibration.csv").set_index("statistic")
    assert {"l2", "lpips_to_fixed", "lpips_to_random", "norm", "shares"} < set(table.index)
    assert set(table["truths"]) == {3}
    assert table["p_value"].drop("shares").between(0, 1).all()
    assert table.loc["shares", "calibration_error"] >= 0
    assert (results / "calibration.png").stat().st_size > 5000


def test_what_is_recorded_is_not_simulated_again(results, capsys):
    before = {path: path.stat().st_mtime_ns for path in results.glob("records/**/record.json")}
    assert len(before) == 2
    run(calibrate, *TINY, f"results={results}")
    assert {path: path.stat().st_mtime_ns for path in before} == before
