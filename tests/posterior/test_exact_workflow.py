"""`make exact`: records, a table, and nothing computed twice."""

import pandas as pd
import pytest

from eglass.posterior import SMC, Draws, EmptySet, UniformBall
from eglass.records import Record
from eglass.workflows import exact
from eglass.workflows.exact_records import exact_folder
from eglass.workflows.targets import targets
from tests.configuration.composing import composed
from tests.posterior.test_kernels import posterior

TINY = [
    "profile=smoke",
    "samples.count=1",
    "~problems.inpainting",
    "exact.thresholds=[0.08, 0.06]",
    "tracking=disabled",
]


@pytest.fixture(scope="module")
def configured(tmp_path_factory):
    place = tmp_path_factory.mktemp("exact")
    cfg = composed("config", *TINY, f"results={place}", "shard.of=2", "shard.index=1")
    return cfg, list(exact.sample(cfg)), place


def test_each_target_and_threshold_has_a_row(configured):
    _, lines, place = configured
    table = pd.read_csv(place / "exact.csv")
    assert list(table.columns[:9]) == [
        "problem",
        "target",
        "threshold",
        "log10_p",
        "log10_p_error",
        "rhat",
        "ess_bulk",
        "ess_tail",
        "seconds",
    ]
    assert list(table["threshold"]) == [0.08, 0.06]
    # The shard has the one sample; the photograph is another's.
    assert set(table["target"]) == {"sample-000"}
    assert table["log10_p"].is_monotonic_decreasing
    assert table["left_to_see"].between(0, 1.5).all()
    assert len(lines) == 3


def test_its_records_hold_draws_that_are_feasible(configured):
    cfg, _, _ = configured
    sample = targets(cfg, "super_resolution")[1]
    found = Draws.load(exact_folder(cfg, "super_resolution", sample, 0.06))
    assert (found.l2 <= 0.06).all()


def test_what_is_recorded_is_not_drawn_again(configured, monkeypatch):
    cfg, lines, _ = configured
    monkeypatch.setattr(SMC, "__call__", None)
    assert list(exact.sample(cfg)) == lines


def test_where_no_image_is_feasible_the_least_l2_is_said(rng):
    # y that no image has: its noise is far outside of what the generator makes.
    noisy = UniformBall(threshold=0.5)
    of = posterior(UniformBall(threshold=1e-3))
    of.problem = noisy.noisy(of.problem, rng)
    small = SMC(precision="float32", prior=100, ancestors=8, moves=4, chains=4, stall=0.9)
    with pytest.raises(EmptySet, match="the least is") as empty:
        small(of, [of.noise], rng)
    about = {"problem": {"name": "p"}, "target": {"name": "t"}, "threshold": 1e-3}
    row = exact.row(Record(about | {"least_l2": empty.value.reached}))
    assert "no such image of the frozen generator" in exact.line(row)
