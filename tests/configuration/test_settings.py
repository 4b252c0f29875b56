"""Settings of the library's objects are refused in the words of the configuration."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import Field

from eglass.errors import InputError
from eglass.settings import (
    Count,
    Crop,
    Finite,
    Fraction,
    Natural,
    Ordinals,
    Positive,
    Range,
    Seed,
    Share,
    Steps,
    nearest,
    settings,
    shown,
)


@settings
class Walk:
    K: Ordinals | Literal["auto"] = Field(default_factory=lambda: [8])
    steps: Steps = Field(default_factory=lambda: [1.0])
    until: Positive | None = None
    crop: Crop | None = None
    k: Natural = 20
    mode: Literal["on", "off", "auto"] = "auto"
    threshold: Share = 0.05
    begin_at: Fraction = 1.0
    offset: Finite = 0.0
    span: Range = Field(default_factory=lambda: [0.0, 1.0])
    seed: Seed = 0
    bold: bool = False
    count: Count


NAN = float("nan")


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"K": [0]}, "K is [0]: expected a list of one or more whole numbers from 1 on, or auto"),
        ({"K": []}, "K is []: expected a list of one or more whole numbers from 1 on, or auto"),
        ({"steps": [0.0]}, "steps is [0.0]: expected a list of one or more finite numbers other "),
        ({"until": NAN}, "until is .nan: expected a finite number above 0, or null"),
        ({"k": 2.0}, "k is 2.0: expected a whole number from 0 on"),
        ({"k": "2"}, "k is '2': expected a whole number from 0 on"),
        ({"k": True}, "k is true: expected a whole number from 0 on"),
        ({"mode": "of"}, "mode is of: expected 'on', 'off' or auto"),
        ({"threshold": 1.0}, "threshold is 1.0: expected a number above 0 and below 1"),
        ({"threshold": NAN}, "threshold is .nan: expected a number above 0 and below 1"),
        ({"begin_at": 0}, "begin_at is 0: expected a number above 0, up to 1"),
        ({"offset": float("inf")}, "offset is .inf: expected a finite number"),
        ({"span": [1, 0]}, "span is [1, 0]: expected two finite numbers, the smaller one first"),
        ({"seed": -1}, "seed is -1: expected a whole number from 0 to 4294967295"),
        ({"bold": 1}, "bold is 1: expected true or false"),
        ({"crop": [0, 0, 0, 1]}, "crop is [0, 0, 0, 1]: expected [top, left, bottom, right], "),
    ],
)
def test_a_wrong_setting_is_one_expectation(given, complaint):
    with pytest.raises(InputError) as refused:
        Walk(count=1, **given)
    assert str(refused.value).startswith(f"Walk.{complaint}")
    assert "; " not in str(refused.value)


def test_what_is_within_the_range_is_kept():
    walk = Walk(count=1, K="auto", steps=[-3, 2], until=1, crop=[0, 0, 1, 1], begin_at=1)
    assert (walk.K, walk.steps, walk.until, walk.begin_at) == ("auto", [-3, 2], 1, 1)


def test_missing_and_unknown_settings_are_named():
    with pytest.raises(InputError, match=r"^Walk.count is missing: expected a whole number from 1"):
        Walk()
    with pytest.raises(
        InputError, match=r"^there is no setting Walk.step: did you mean Walk.steps"
    ):
        Walk(count=1, step=[1])


def test_every_wrong_setting_is_named():
    with pytest.raises(InputError, match=r"^Walk.k is -1: .*; Walk.count is 0: "):
        Walk(k=-1, count=0)


def test_the_nearest_name_is_of_the_same_case_where_there_is_one():
    assert nearest("kk", ["K", "k", "threshold"]) == "k"
    assert nearest("Steps", ["steps"]) == "steps"
    assert nearest("telepathy", ["steps"]) is None


def test_values_are_shown_as_yaml_on_one_line():
    assert [shown(each) for each in (None, True, "3", "a b", 3, [1, NAN], {"a": None})] == [
        "null", "true", "'3'", "a b", "3", "[1, .nan]", "{a: null}",
    ]  # fmt: skip
    assert shown(object).startswith("<class")
    assert len(shown(list(range(1000)))) == 80
