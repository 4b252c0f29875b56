"""Claims are judged over many targets, and counted by one piece of code."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from eglass.evaluation.assessment import (
    Claim,
    assess,
    in_words,
    measured_in_words,
    overall,
    tally,
    verdict_in_words,
)
from tests.synthetic_records import synthetic_record

SETTINGS = {"resamples": 50, "confidence": 0.95, "between_runs": 0.2, "seed": 0}


@pytest.fixture(scope="module")
def records():
    return [synthetic_record(seed=seed) for seed in range(3)]


def judged(claim, records):
    return next(assess([claim], records, records[0], **SETTINGS).itertuples())


@pytest.mark.parametrize(("better", "holds"), [(+1, "yes"), (-1, "no")])
def test_a_claim_is_judged_over_the_records_that_can_tell_against_its_limit(records, better, holds):
    values = iter([2.0, 3.0, float("nan"), 7.0])
    claim = Claim("", "", "", lambda _: next(values), better, lambda record: len(records) / 3)
    row = judged(claim, records)
    assert (row.measured, row.photograph, row.targets) == (2.5, 7.0, 2)
    assert row.limit.endswith("1.00")
    assert (row.holds, row.chance) == (holds, "")


def test_what_is_beyond_chance_but_not_beyond_the_limit_is_weak(records):
    values = iter([2.0, 3.0, 4.0, 7.0])
    claim = Claim("", "", "", lambda _: next(values), +1, 5.0, chance=1.0)
    row = judged(claim, records)
    assert (row.holds, row.limit, row.chance) == ("weak", "> 5.00", "1.00")


def test_intervals_of_ratios_of_seconds_also_have_the_spread_between_runs(records):
    def interval(timed):
        claim = Claim("", "", "", lambda _: 4.0, +1, 1.0, geometric=True, timed=timed)
        row = judged(claim, records)
        return row.low, row.measured, row.high

    assert interval(timed=False) == (4, 4, 4)
    reach = math.exp(1.96 * 0.2)
    assert interval(timed=True) == pytest.approx((4 / reach, 4, 4 * reach), rel=1e-3)


def claimed(text, *words, networks=("faces", "faces")):
    return [
        {"claim": text, "source": "", "problem": problem, "network": network, "holds": word}
        for word, network, problem in zip(words, networks, ("sr", "inpainting") * 2)
    ]


def test_claims_are_counted_once_over_all_problems():
    rows = [
        *claimed("a", "yes", "yes"),
        *claimed("b", "yes", "weak"),
        *claimed("c", "weak", "weak"),
        *claimed("d", "no", "no"),
        *claimed("e", "undecided", "undecided"),
    ]
    table = pd.DataFrame(rows)
    assert tally(table) == {"total": 5, "yes": 1, "weak": 1, "no": 1, "differ": 2}
    assert in_words(table) == (
        "Of 5 claims, 1 holds on every problem, 1 holds weakly, 1 does not, and 2 differ or cannot "
        "be told."
    )


def test_what_holds_on_one_network_alone_is_named_after_it():
    networks = ("faces", "faces", "eyes", "eyes")
    rows = [
        *claimed("both", *["yes"] * 4, networks=networks),
        *claimed("one", "no", "yes", "yes", "yes", networks=networks),
        *claimed("neither", "no", "no", "weak", "no", networks=networks),
    ]
    assert list(overall(pd.DataFrame(rows))["holds"]) == ["yes", "eyes only", "partly"]


def test_a_row_says_how_many_targets_and_what_chance_gives():
    row = pd.Series(
        {"measured": 0.53, "low": 0.5, "high": 0.56, "unit": "{:.2f}", "targets": 24}
        | {"holds": "weak", "limit": "> 0.71", "chance": "0.45"}
    )
    assert measured_in_words(row) == "0.53 [0.50, 0.56], n = 24"
    assert verdict_in_words(row) == "weak (if > 0.71; chance 0.45)"
    row["chance"] = ""
    assert verdict_in_words(row) == "weak (if > 0.71)"
