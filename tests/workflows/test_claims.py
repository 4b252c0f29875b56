"""The claims table: the paper's claims on every problem, and the clock's of both methods."""

from __future__ import annotations

import pandas as pd
import pytest

from eglass.evaluation.claims import paper_claims, pulse_seconds
from eglass.records import Record, names
from eglass.workflows import claims
from tests.experiments.running import changed, composed
from tests.synthetic_records import synthetic_record

PROBLEM = "super_resolution"


@pytest.fixture(scope="module")
def cfg():
    return composed("config", "profile=smoke")


@pytest.fixture(scope="module")
def records():
    return {PROBLEM: {f"sample-{seed:03}": synthetic_record(seed=seed) for seed in range(3)}}


def timed(method: str, target: str, totals: dict[str, float]) -> Record:
    table = pd.DataFrame({"method": list(totals), "total": list(totals.values())})
    about = {"problem": {"name": PROBLEM}, "target": {"name": target}, "method": method}
    return Record(about, tables={"timing": table})


@pytest.fixture(scope="module")
def found(cfg, records):
    timings = [
        timed("pulse", "sample-001", {"pulse": 40.0, "eglass": 10.0}),
        timed("pulse", "sample-002", {"pulse": 90.0, "eglass": 10.0}),
        timed("fast_inversion", "sample-001", {"fast_inversion": 0.5}),
    ]
    return claims.table(cfg, records, timings).set_index("claim")


def row(found: pd.DataFrame, of: str) -> pd.Series:
    (name,) = [claim for claim in found.index if of in claim]
    return found.loc[name]


def test_every_claim_of_the_paper_is_there_and_two_of_the_clock(cfg, found):
    assert len(found) == len(paper_claims(cfg.paper[PROBLEM])) + 2
    # The photograph stands beside, and is none of the targets.
    assert row(found, "Anisotropy of H_Y")["targets"] == 2


def test_sequential_pulse_is_held_against_e_glass_of_one_solve_s_budget(found):
    sequential = row(found, "sequential PULSE")
    assert sequential["measured"] == pytest.approx(6)  # √(4 · 9)
    # Faster for certain, as much as the paper says perhaps.
    assert (sequential["targets"], sequential["holds"]) == (2, "weak")
    assert (sequential["paper"], sequential["limit"]) == ("9.5", "> 9.46")
    assert sequential["low"] < 4
    assert sequential["high"] > 9


def test_a_fast_inversion_is_held_against_the_batch_of_the_same_target(found, records):
    fast = row(found, "fast inversion")
    assert fast["measured"] == pytest.approx(pulse_seconds(records[PROBLEM]["sample-001"]) / 0.5)


def test_the_table_is_written_for_people_and_for_programs(cfg, found, tmp_path):
    here = cfg.copy()
    here.results = str(tmp_path)
    claims.write(here, found.reset_index())
    assert len(pd.read_csv(tmp_path / "claims.csv")) == len(found)
    text = (tmp_path / "claims.md").read_text()
    assert text.startswith(f"## {str(cfg.profile.title).capitalize()}")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == len(found) + 2
    # A bar would end the cell.
    assert r"mean \|C\|" in "".join(lines)
    shown = claims.show(found.reset_index())
    assert "n = 2" in shown
    assert "Of 18 claims" in shown
    assert "Of 18 claims" in text


def test_claims_of_other_profiles_are_beside_where_they_were_measured(cfg, found, tmp_path):
    here = changed(cfg, f"results={tmp_path / 'smoke'}", "claims.beside=[smoke,eyes,paper]")
    assert claims.beside(here) == []
    eyes = changed(here, f"results={tmp_path / 'eyes'}")
    claims.write(eyes, found.reset_index().assign(profile="eyes", network="painted eyes"))
    claims.write(here, found.reset_index())
    (other,) = claims.beside(here)
    assert other["claim"].tolist() == found.index.tolist()
    assert set(other["network"]) == {"painted eyes"}
    # No chance is none when it is read back, too.
    assert (other["chance"] == "").any()
    older = pd.read_csv(tmp_path / "eyes" / "claims.csv").drop(columns="chance")
    older.to_csv(tmp_path / "eyes" / "claims.csv", index=False)
    assert claims.beside(here) == []


def test_methods_that_were_not_timed_have_no_row(cfg, records):
    table = claims.table(cfg, records, [])
    assert not table["claim"].str.contains("sequential PULSE").any()
    assert names.PULSE.title in table["claim"].str.cat()
