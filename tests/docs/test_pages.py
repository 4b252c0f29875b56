"""The pages of the site say what is so."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import torch
from PIL import Image

from eglass.workflows.photographs import bundled_picture
from tests.docs.site import DOCS, PAGES, ROOT, blocks

#: Pages whose code inverts a measurement; `make docs` runs them as well.
LONG = ("explorer", "own_image", "start")
GUIDES = [
    pytest.param(page, id=page.stem, marks=[pytest.mark.slow] if page.stem in LONG else [])
    for page in PAGES
    if page.parent.name == "guides" or page.stem == "start"
]


@pytest.mark.parametrize("page", GUIDES)
def test_its_python_runs_as_it_stands(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    face = (bundled_picture("astronaut")[:, 40:180, 160:300] + 1) * 127.5
    Image.fromarray(face.permute(1, 2, 0).to(torch.uint8).numpy()).save("me.jpg")
    names: dict = {"__name__": page.stem}
    for block in blocks(page, "python"):
        exec(compile(block, str(page), "exec", dont_inherit=True), names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_its_targets_are_the_makefiles(page):
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.M))
    typed = "\n".join(blocks(page, "sh"))
    assert set(re.findall(r"^make ([a-z][a-z0-9-]*)", typed, re.M)) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_it_is_in_a_table_of_contents(page):
    tables = [
        (other, line.split("<")[-1].rstrip(">"))
        for other in PAGES
        for table in re.findall(r"^```\{toctree\}\n(.*?)^```", other.read_text(), re.M | re.S)
        for line in table.split("\n\n")[-1].split("\n")
    ]
    found = {
        Path(DOCS / entry[1:] if entry.startswith("/") else other.parent / entry)
        for other, entry in tables
    }
    assert page == DOCS / "index.md" or page.with_suffix("") in found


@pytest.fixture
def extensions(monkeypatch):
    """Import a module of docs/extensions."""
    monkeypatch.syspath_prepend(str(DOCS))
    return lambda name: importlib.import_module(f"extensions.{name}")


def test_a_link_to_a_source_file_leads_to_a_page_of_the_site(extensions):
    links = extensions("links")
    names = {"Problem": "eglass.problems.Problem"}
    page = DOCS / "method.md"

    def rewritten(text):
        return links.rewritten(text, page, names)

    assert (
        rewritten("[`Problem`](../eglass/problems/problem.py)")
        == "{py:obj}`Problem <eglass.problems.Problem>`"
    )
    assert rewritten("[rooms](../eglass/problems)") == "{py:mod}`rooms <eglass.problems>`"
    assert (
        rewritten("[`x`](../eglass/errors.py)") == "[`x`](/generated/sources/eglass/errors_py.md)"
    )
    for alone in ("[a](https://hydra.cc)", "[b](record.md#tables)", "![c](images/x.png)"):
        assert rewritten(alone) == alone
