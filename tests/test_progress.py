"""A bar on a terminal, and a line now and then in a file."""

from __future__ import annotations

import io
import time
from functools import partial
from types import SimpleNamespace

import pytest
from tqdm import tqdm

from eglass import progress
from eglass.progress import ProgressBar, bar


@pytest.fixture
def terminal(monkeypatch) -> io.StringIO:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=terminal))
    monkeypatch.setattr(progress, "tqdm", partial(tqdm, mininterval=0, miniters=1, ncols=80))
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


@pytest.fixture
def file(monkeypatch) -> io.StringIO:
    """Progress goes to a file, with a line every 20 ms."""
    file = io.StringIO()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=file))
    monkeypatch.setattr(progress, "LINE_EVERY", 0.02)
    return file


def test_a_stage_that_does_not_come_on_is_heard_of_too(file):
    bar = ProgressBar()
    for l2 in range(6):
        time.sleep(0.03)
        bar("levels", 49, 100, l2)
    assert file.getvalue().count("levels: 49/100") >= 4


def test_a_file_gets_a_line_now_and_then_and_one_at_the_end(file):
    with bar(range(20), desc="explorations") as steps:
        for step in steps:
            steps.set_postfix_str(f"sample-{step:03d}")
            time.sleep(0.005)
    text = file.getvalue()
    assert "\r" not in text
    assert "\x1b" not in text
    lines = text.splitlines()
    assert 2 <= len(lines) <= 6
    assert all(line.startswith("explorations: ") for line in lines)
    assert lines[-1].startswith("explorations: 20/20, ")
    assert lines[-1].endswith("so far, sample-019")


def test_what_was_stopped_says_nothing_after_the_line_that_says_why(file):
    report = ProgressBar()
    for done in (1, 2):
        time.sleep(0.03)
        report("chains", done, 9)
    report("chains", 3, 9)
    before = file.getvalue()
    report.close()
    assert before.endswith("so far\n")
    assert file.getvalue() == before


def test_what_is_soon_over_leaves_no_line(file):
    report = ProgressBar()
    for stage in ("latent", "geometry"):
        report(stage, 1, 2, 0.1)
        report(stage, 2, 2, 0.1)
    assert list(bar(range(3), desc="quick")) == [0, 1, 2]
    assert file.getvalue() == ""
