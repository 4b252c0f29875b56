"""What the page shows of a record."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eglass.app import pictures
from tests.synthetic_records import synthetic_record


def test_shares_tree_and_walks_are_those_of_the_record_and_none_where_it_has_no_draws():
    record = synthetic_record()
    assert pictures.of_draws(record) is None
    images = np.zeros((3, 8, 8, 3), np.uint8)
    record.meta["explorer"]["note"] = "of 157 images one explains it"
    record.arrays |= {"tree_images": images, "walk_images": images[:2]}
    tree = {"path": ["all", "1", "1.2"], "share": [1, 0.7, 0.2], "error": 0.1, "members": 9}
    walks = {"number": 1, "explained": 0.4, "step": [-1.0, 1.0], "reached": 1.0, "l2": 2e-3}
    record.tables |= {
        "shares": pd.DataFrame({"number": [1, 2], "share": [0.8, 0.2], "error": 0.05}),
        "tree": pd.DataFrame(tree),
        "walks": pd.DataFrame(walks),
    }
    said = pictures.of_draws(record)
    assert said["note"] == "of 157 images one explains it"
    assert [each["share"] for each in said["shares"]] == [0.8, 0.2]
    assert [node["path"] for node in said["tree"]] == ["all", "1", "1.2"]
    assert [step["step"] for step in said["walks"]] == [-1, 1]
    assert all(each["uri"].startswith("data:image/png") for each in said["tree"] + said["walks"])


def test_numbers_that_there_are_not_are_none():
    record = synthetic_record()
    record.tables["solutions"]["step"] = np.nan
    found = pictures.of_record(record)
    assert {each["step"] for each in found} == {None}


def test_a_map_of_numbers_is_dark_at_zero_and_bright_at_the_brightest():
    colours = pictures.heat(np.array([[0.0, 0.5]]), 0.5)
    assert colours["brightest"] == 0.5
    assert colours["uri"] != pictures.heat(np.array([[0.5, 0.0]]), 0.5)["uri"]
