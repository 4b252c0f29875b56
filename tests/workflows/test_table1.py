"""Table 1: geometric means over targets; the paper's seconds beside those of its own protocol."""

from __future__ import annotations

import pandas as pd
import pytest

from eglass.errors import InputError
from eglass.records import UNTRAINED, Record, names
from eglass.workflows import table1
from eglass.workflows.table1 import BATCHED, COLUMNS, SEQUENTIAL
from tests.experiments.running import changed, composed
from tests.synthetic_records import synthetic_record


@pytest.fixture(scope="module")
def cfg():
    return composed("config", "profile=smoke", "~problem@problems.inpainting")


def timed(target: str, *, pulse: float, eglass: float, trained: bool = True) -> Record:
    """Return what timing the paper's protocol on one target leaves."""
    rows = [
        ("super_resolution", SEQUENTIAL, key, target, total, 0.0, 0.0, total, 10, 9)
        for key, total in ((names.PULSE.key, pulse), (names.EGLASS.key, eglass))
    ]
    return Record(
        {"method": names.PULSE.key, "weights": {"generator": {"trained": trained}}},
        tables={"timing": pd.DataFrame(rows, columns=COLUMNS)},
    )


@pytest.fixture
def records():
    by_target = {f"target {seed}": synthetic_record(seed=seed) for seed in range(3)}
    # The first, a photograph, is not to be in the table.
    by_target["target 0"].meta["timings"]["inversion"] = 1e9
    return {"super_resolution": by_target}


TIMINGS = [
    timed("a", pulse=30.0, eglass=10.0),
    timed("b", pulse=50.0, eglass=20.0),
    timed("c", pulse=400.0, eglass=40.0),
]


def test_totals_are_geometric_means_over_targets_and_so_is_their_ratio(cfg, records):
    table = table1.table(cfg, TIMINGS, records)
    pulse, eglass = table[table["protocol"] == SEQUENTIAL].itertuples()
    assert (pulse.method, pulse.targets) == ("PULSE", 3)
    assert pulse.total == pytest.approx((30 * 50 * 400) ** (1 / 3))
    assert (eglass.method, eglass.total) == ("e-GLASS", pytest.approx(20))
    assert eglass.speed_up == pytest.approx((3 * 2.5 * 10) ** (1 / 3))
    assert pd.isna(pulse.speed_up)
    assert (pulse.paper_seconds, eglass.paper_seconds) == (3.5e4, 3.7e3)


def test_stages_add_up_to_their_total(cfg, records):
    table = table1.table(cfg, TIMINGS, records)
    stages = table[["inversion", "geometry", "exploration"]]
    assert stages.sum(axis=1).to_numpy() == pytest.approx(table["total"].to_numpy())
    assert (stages.loc[table["method"] == "PULSE", "geometry"] == 0).all()


def test_pulse_as_one_batch_costs_what_it_ran_until_all_starts_were_feasible():
    record = synthetic_record()
    history = record.tables["history"]
    mine = history["stage"] == names.PULSE.key
    history.loc[mine, "l2"] = 1e-3
    history.loc[mine & (history["start"] == 3) & (history["step"] < 2), "l2"] = 1.0
    pulse, eglass = table1.batched(record).itertuples()
    # The last start is feasible from step 2 on, at which the clock says 2 seconds.
    assert pulse.total == 2
    assert eglass.total == eglass.inversion + eglass.geometry + eglass.exploration == 2.25
    table = record.tables["solutions"]
    ten = table[table["method"] == names.ALGORITHM1.key]
    assert (eglass.solutions, eglass.feasible) == (len(ten), ten["feasible"].sum())


def test_the_stronger_protocol_is_of_the_samples_and_has_no_number_of_the_paper_s(cfg, records):
    table = table1.table(cfg, TIMINGS, records)
    batched = table[table["protocol"] == BATCHED]
    assert (batched["targets"] == 2).all()
    assert batched["total"].max() < 1e9
    assert batched["paper_seconds"].isna().all()


def test_one_untrained_timing_is_said_of_the_table(cfg, records):
    assert "note" not in table1.table(cfg, TIMINGS, records)
    untrained = timed("d", pulse=1, eglass=1, trained=False)
    table = table1.table(cfg, [*TIMINGS, untrained], records)
    assert (table["note"] == UNTRAINED).all()


def test_every_method_is_timed_on_the_same_targets(cfg):
    def planned(cfg):
        return [(method.key, target["name"]) for method, _, target in table1.plan(cfg)]

    methods = ("pulse", "fast_inversion")
    both = [(method, name) for method in methods for name in ("sample-000", "sample-001")]
    assert planned(cfg) == both
    few = changed(cfg, "timing.targets=1")
    assert planned(few) == [(method, "sample-000") for method in methods]
    assert {key for key, _ in planned(changed(cfg, "timing.fast=null"))} == {"pulse"}


def test_a_timing_is_of_its_own_settings(cfg):
    def decisive(*settings: str):
        other = changed(cfg, *settings)
        return table1.timing_configuration(other, *table1.plan(other)[0])

    # Neither how many solutions are shown, nor what else is walked, is timed.
    assert decisive("count=6", "walks.strip=[1]") == decisive()
    assert decisive("timing.fast.steps=11") == decisive()
    for other in (
        "timing.steps=11",
        "timing.solves=2",
        "timing.inversion.lr=0.2",
        "timing.step=2.0",
        "explorer.k=9",
    ):
        assert decisive(other) != decisive()


def test_without_timings_it_is_said_what_to_do(cfg, tmp_path):
    with pytest.raises(InputError, match=r"no timing .*run `eglass table1` first"):
        table1.load_timings(changed(cfg, f"results={tmp_path}"))
