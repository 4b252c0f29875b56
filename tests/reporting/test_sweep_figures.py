"""A sweep drawn: jobs as lines, what matters as bars, and a page that says what it is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from eglass.evaluation.sweeps import Importance, gather
from eglass.records import UNTRAINED
from eglass.reporting.pages import enlarged
from eglass.reporting.sweep_figures import best_figure, importance_figure, parallel_figure
from eglass.reporting.sweep_page import write_page
from tests.evaluation.swept import SCORE, leave_job, leave_jobs
from tests.synthetic_records import synthetic_record


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jobs")
    leave_jobs(folder)
    return gather(folder, SCORE, maximise=True)


def test_every_job_is_a_line_through_every_parameter(sweep):
    (axes,) = parallel_figure(sweep).axes
    columns = [*sweep.settings, SCORE]
    lines = [line for line in axes.lines if len(line.get_ydata()) == len(columns)]
    assert len(lines) == 30 + 1
    best = lines[-1].get_ydata()
    assert best[-1] == 1
    for height, name in zip(best, sweep.settings):
        values = sweep.settings[name]
        share = (values.iloc[0] - values.min()) / (values.max() - values.min())
        assert height == pytest.approx(share)


def test_choices_without_an_order_are_ticks_on_their_axis(tmp_path):
    for number, problem in enumerate(("inpainting", "super_resolution")):
        leave_job(tmp_path, number, {"problem": problem})
    (axes,) = parallel_figure(gather(tmp_path, SCORE, maximise=True)).axes
    assert {"inpainting", "super_resolution"} < {text.get_text() for text in axes.texts}


def test_bars_are_as_long_as_their_parameter_matters_the_longest_on_top():
    found = pd.DataFrame({"mean": [0.9, 0.1], "std": 0.01}, index=["explorer.k", "eta"])
    (axes,) = importance_figure(Importance(found, explained=0.42)).axes
    assert "42%" in axes.get_title(loc="left")
    # Bars are drawn upwards.
    assert [label.get_text() for label in axes.get_yticklabels()] == ["eta", "explorer.k"]
    assert [bar.get_width() for bar in axes.patches] == [0.1, 0.9]


def test_the_best_jobs_show_their_solutions_at_the_steps(sweep):
    record = synthetic_record()
    best, second = sweep.table.index[:2]
    (page,) = best_figure(sweep, {best: [record], second: [record]}).axes
    shown = record.tables["solutions"]["method"] == "algorithm1_steps"
    assert len(page.images) == 2 * (3 + shown.sum())
    for image, pixels in zip(page.images[3:], record.arrays["solution_images"][shown]):
        np.testing.assert_array_equal(image.get_array(), enlarged(pixels))


def test_the_best_jobs_images_say_when_weights_were_untrained(sweep):
    best = sweep.table.index[0]
    stamps = [
        UNTRAINED in [text.get_text() for text in figure.texts]
        for figure in (
            best_figure(sweep, {best: [synthetic_record(trained=trained)]})
            for trained in (True, False)
        )
    ]
    assert stamps == [False, True]


def test_the_page_repeats_the_best_job_and_holds_its_pictures(sweep, tmp_path):
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / "best.png")
    write_page(tmp_path / "page.html", sweep, {"best": tmp_path / "best.png"}, "a sweep", 10)
    page = (tmp_path / "page.html").read_text()
    assert sweep.command(sweep.table.index[0]) in page
    assert page.count("data:image/png;base64,") == 1
    assert "these jobs do not tell" in page
    assert "untrained weights" not in page


def test_the_page_says_when_weights_were_untrained(tmp_path):
    for number in range(2):
        leave_job(tmp_path, number, {"eta": 1.0 + number}, trained=False)
    sweep = gather(tmp_path, SCORE, maximise=True)
    write_page(tmp_path / "page.html", sweep, {}, "a sweep", 10)
    assert "untrained weights" in (tmp_path / "page.html").read_text()
