"""Tables of results in the README and in docs/ are written by a command, from results."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pandas as pd
import pytest

from eglass.evaluation.assessment import in_words

tables = runpy.run_path(str(Path(__file__).parents[1] / "docs" / "tables.py"))
CLAIM = {
    "source": "Sec. 3",
    "paper": "few",
    "measured": 0.96,
    "low": 0.95,
    "high": 0.97,
    "limit": "> 0.80",
    "chance": "0.20",
    "holds": "yes",
    "photograph": 0.9,
    "targets": 24,
    "unit": "{:.2f}",
}


@pytest.fixture
def results(tmp_path):
    """Return a folder of results: two claims on two networks, of which one holds on the first."""
    for profile, holds in (("bundled", "yes"), ("eyes", "no"), ("phantoms", "no")):
        (tmp_path / profile).mkdir()
        rows = [
            CLAIM
            | {"problem": problem, "claim": claim, "holds": word, "network": profile}
            | {"profile": profile}
            for claim, word in (("mean |C|", "yes"), ("steep", holds))
            for problem in ("super_resolution", "inpainting")
        ]
        # As they are written: those of another profile beside.
        rows.append(rows[0] | {"claim": "another's", "profile": "another"})
        pd.DataFrame(rows).to_csv(tmp_path / profile / "claims.csv", index=False)
    return tmp_path


def page(name: str) -> str:
    return f"before\n\n<!-- table: {name} -->\n| stale |\n<!-- end -->\nafter\n"


@pytest.mark.parametrize("path", tables["PAGES"], ids=lambda path: path.stem)
def test_every_table_of_a_page_is_one_that_can_be_written(path):
    for name in tables["named"](path.read_text()):
        assert name.split()[0] in tables["TABLES"], name


def test_a_table_is_written_anew_and_the_text_around_it_is_left_alone(results):
    written, left = tables["current"](page("claims bundled"), results)
    assert left == []
    assert written.startswith("before\n\n<!-- table: claims bundled -->\n| claim ")
    assert written.endswith("|\n<!-- end -->\nafter\n")
    assert "0.96 [0.95, 0.97], n = 24" in written
    assert r"mean \|C\|" in written
    assert "chance 0.20" in written
    assert "stale" not in written
    assert "another's" not in written


def test_what_holds_where_is_of_all_networks(results):
    written, _ = tables["current"](page("together"), results)
    assert "Of 2 claims, 1 holds on every problem and every network" in written
    assert "bundled only" in written
    assert r"mean \|C\|" in written


def claimed(table: str) -> pd.DataFrame:
    """Return the claims of a Markdown table, a row a claim and problem."""
    head, _, *lines = (
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in table.strip().splitlines()
    )
    rows = [
        {"claim": line[0], "source": "", "problem": name, "network": "", "holds": cell.split()[0]}
        for line in lines
        for name, cell in zip(head, line)
        if name.endswith("holds")
    ]
    return pd.DataFrame(rows)


def test_how_many_claims_the_readme_says_hold_is_counted_from_the_table_of_the_docs():
    root = Path(__file__).parents[1]
    claims, readme = (root / "docs" / "claims.md").read_text(), (root / "README.md").read_text()
    (table,) = re.findall(r"<!-- table: claims bundled -->\n(.*?)<!-- end -->", claims, re.S)
    (sentence,) = re.findall(r"<!-- table: tally bundled -->\n(.*?)<!-- end -->", readme, re.S)
    found = claimed(table)
    assert found["claim"].nunique() >= 18
    assert sentence.strip() == in_words(found)


def test_a_table_without_results_is_left_and_named(results):
    stale = page("timing bundled")
    assert tables["current"](stale, results) == (stale, ["timing bundled"])


def test_seconds_of_table_1_are_beside_the_papers(results):
    row = {"problem": "inpainting", "protocol": "paper: sequential", "method": "PULSE"}
    times = {"inversion": 5.0, "geometry": 0.0, "exploration": 0.0, "total": 5.0}
    others = {
        "solutions": 10,
        "feasible": 10,
        "targets": 3,
        "speed_up": None,
        "paper_seconds": 7900,
    }
    pd.DataFrame([row | times | others]).to_csv(
        results / "bundled" / "table1_timing.csv", index=False
    )
    written, _ = tables["current"](page("timing bundled"), results)
    assert "| inpainting | paper: sequential | PULSE    | 5" in written
    assert "7,900" in written
