"""The notebooks run, and are those of their sources."""

from __future__ import annotations

import jupytext
import nbformat
import pytest

from notebooks.execute import SOURCES, executed


@pytest.fixture(params=SOURCES, ids=lambda source: source.stem)
def source(request):
    return request.param


def test_it_runs_from_beginning_to_end(source):
    outputs = [output for cell in executed(source).cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.output_type == "error"]
    pictures = [o for o in outputs if "image/jpeg" in o.get("data", {})]
    assert len(pictures) >= 3


def test_the_committed_notebook_is_of_this_source(source):
    committed = nbformat.read(source.with_suffix(".ipynb"), as_version=4)
    ours, theirs = (
        [cell.source for cell in book.cells] for book in (jupytext.read(source), committed)
    )
    assert theirs == ours
    assert any(cell.get("outputs") for cell in committed.cells)
    assert source.with_suffix(".ipynb").stat().st_size < 300_000
