"""The lists of choices in docs/configuration.md are those of conf/."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

choices = runpy.run_path(str(Path(__file__).parents[1] / "docs" / "choices.py"))
PAGE = choices["PAGE"].read_text()


def test_the_page_is_current():
    assert choices["current"](PAGE) == PAGE, "run `make docs-choices`"


def test_every_group_is_listed_once():
    assert sorted(choices["listed"](PAGE)) == choices["groups"]()


def test_a_list_is_written_anew_and_the_text_around_it_is_left_alone():
    stale = "before\n\n<!-- choices: geometry -->\n| gone |\n<!-- end -->\nafter\n"
    written = choices["current"](stale)
    assert written.startswith("before\n\n<!-- choices: geometry -->\n| choice |")
    assert written.endswith("|\n<!-- end -->\nafter\n")
    assert "[`exact`](../conf/geometry/exact.yaml)" in written
    assert "gone" not in written


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# One line.\nname: x\n", "One line."),
        ("# Two\n# lines. And more.\n# Further.\nname: x\n", "Two lines. And more."),
        ("# @package _global_\n# A profile?\nname: x\n", "A profile?"),
    ],
)
def test_a_choice_is_described_by_the_comment_that_opens_its_file(text, says):
    assert choices["opening"](text) == says


@pytest.mark.parametrize("text", ["name: x\n", "# No end\nname: x\n", ""])
def test_a_file_that_does_not_say_what_it_is_is_refused(text):
    with pytest.raises(ValueError, match="comment of whole sentences"):
        choices["opening"](text)
