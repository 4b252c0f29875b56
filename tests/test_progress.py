"""The bar on a terminal."""

from __future__ import annotations

import io
from functools import partial

import pytest
from tqdm import tqdm

from eglass import progress
from eglass.progress import ProgressBar


@pytest.fixture
def terminal(monkeypatch) -> io.StringIO:
    terminal = io.StringIO()
    monkeypatch.setattr(
        progress, "tqdm", partial(tqdm, file=terminal, mininterval=0, miniters=1, ncols=80)
    )
    return terminal


def last_line(terminal: io.StringIO) -> str:
    return terminal.getvalue().rsplit("\r", 1)[-1]


def test_it_says_how_far_a_stage_is_and_its_best_l2(terminal):
    bar = ProgressBar()
    bar("latent", 20, 80, 0.0123456)
    assert last_line(terminal).startswith("latent:  25%")
    assert "20/80" in last_line(terminal)
    assert "l2=0.0123" in last_line(terminal)
    bar("latent", 40, 80, 0.001)
    assert last_line(terminal).startswith("latent:  50%")
    assert "l2=0.001" in last_line(terminal)
    bar.close()


def test_it_is_gone_once_a_stage_is_done(terminal):
    bar = ProgressBar()
    bar("geometry", 50, 100)
    bar("geometry", 100, 100)
    assert last_line(terminal).strip() == ""


def test_another_stage_has_a_bar_of_its_own(terminal):
    bar = ProgressBar()
    bar("latent", 9, 10, 0.5)
    bar("geometry", 1, 4)
    assert last_line(terminal).startswith("geometry:  25%")
    assert "l2" not in last_line(terminal)
    bar.close()
    assert last_line(terminal).strip() == ""


def test_a_bar_that_never_was_can_be_closed(terminal):
    ProgressBar().close()
    assert terminal.getvalue() == ""
