"""The page of exact draws: shares, a tree to go into, walks."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from eglass.reporting.exploration_figures import consensus_figure
from eglass.reporting.exploration_page import write_page
from eglass.workflows.one_image import _listed
from tests.synthetic_records import synthetic_record


def test_the_page_shows_shares_the_tree_and_the_walks(tmp_path):
    record = synthetic_record()
    rng = np.random.default_rng(0)
    count = int((record.tables["solutions"]["method"] == record.meta["explorer"]["method"]).sum())
    share = np.full(count, 1 / count)
    record.tables["shares"] = pd.DataFrame(
        {"number": range(1, count + 1), "share": share, "error": share / 10}
    )
    paths = ["all", "1", "1.1", "1.2", "2"]
    record.tables["tree"] = pd.DataFrame(
        {"path": paths, "share": [1, 0.75, 0.5, 0.25, 0.25], "error": 0.01, "members": 10}
    )
    record.tables["walks"] = pd.DataFrame(
        {"number": [1, 1, 2, 2], "explained": [0.3, 0.3, 0.2, 0.2], "step": [-2.0, 2.0] * 2,
         "reached": [-1.96, 2.04, -0.01, 2.0], "l2": 2e-3}
    )  # fmt: skip
    for name, number in (("tree_images", 5), ("walk_images", 4)):
        record.arrays[name] = rng.integers(0, 256, (number, 16, 16, 3), dtype=np.uint8)
    write_page(tmp_path / "page.html", record, command="eglass explore", figures={}, changed={})
    page = (tmp_path / "page.html").read_text()
    assert page.count("<dt>stands for</dt>") == count
    # A branch that falls apart can be opened; the leaves lie within it.
    of_tree = page.split("As a tree")[1].split("Along what differs")[0]
    (branch,) = re.findall(r"<details><summary>.*?</details>", of_tree, re.S)
    assert "75 ± 1 %" in branch
    for leaf in ("1.1", "1.2"):
        assert f"<b>{leaf}</b>" in branch
    assert "<b>2</b>" not in branch
    assert "30% of what is seen" in page
    assert "20% of what is seen" in page
    # Nothing is "-0.0" away.
    assert re.findall(r"<b>([+-]\d\.\d)</b> ℓ", page) == ["-2.0", "+2.0", "+0.0", "+2.0"]


def test_the_page_of_another_explorer_has_none_of_it(tmp_path):
    write_page(tmp_path / "page.html", synthetic_record(), command="eglass", figures={}, changed={})
    page = (tmp_path / "page.html").read_text()
    assert "stands for" not in page
    assert "leaves open" not in page


def test_the_terminal_has_shares_and_no_steps():
    record = synthetic_record()
    ours = record.tables["solutions"]["method"] == record.meta["explorer"]["method"]
    assert " step " in _listed(record)
    record.tables["shares"] = pd.DataFrame({"share": np.full(ours.sum(), 0.125), "error": 0.02})
    listed = _listed(record)
    assert listed.count("12 ± 2 %") == ours.sum()
    assert " step " not in listed


def test_the_map_of_exact_draws_is_said_to_be_of_all_of_them():
    record = synthetic_record()
    record.tables["tree"] = pd.DataFrame({"path": ["all", "1"], "members": [400, 300]})
    words = " ".join(text.get_text() for text in consensus_figure(record).texts)
    assert "mean of the draws" in words
    assert "of the 400 exact draws" in words
