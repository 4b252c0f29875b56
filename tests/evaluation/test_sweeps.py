"""What a sweep's records say together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eglass.errors import InputError
from eglass.records import Record
from eglass.reporting.sweep_figures import importance_figure, parallel_figure
from eglass.reporting.sweep_page import write_page
from eglass.evaluation.sweeps import gather, importance

SCORE = "e_GLASS/lpips_gained"


def leave_job(folder, number: int, *, trained: bool = True, **given):
    """Record a job whose score is 10·exploration.k, with a little of eta."""
    settings = {
        "K": 8,
        "eta": 3.0,
        "exploration": {"k": 20, "K": [8]},
        "results": "somewhere",
        "choices": {"problem": "inpainting"},
    }
    for name, value in given.items():
        section, _, last = name.rpartition("__")
        (settings[section] if section else settings)[last] = value
    network = {"source": "somewhere", "trained": trained}
    score = 10 * settings["exploration"]["k"] + settings["eta"]
    Record(
        meta={
            "settings": settings,
            "overrides": [*(name.replace("__", ".") for name in given), "results"],
            "summary": {SCORE: score, "inversion/l2": 1e-3 * number},
            "weights": {"generator": network},
        }
    ).save(folder / f"job{number:02}" / "job")


@pytest.fixture
def jobs(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(30):
        k, eta = int(rng.integers(0, 40)), float(rng.uniform(1, 6))
        leave_job(tmp_path, number, exploration__k=k, eta=eta, K=int(rng.integers(1, 30)))
    return tmp_path


def test_a_parameter_is_what_jobs_were_given_and_do_not_share(jobs):
    sweep = gather(jobs, SCORE, maximise=True)
    assert list(sweep.settings) == ["exploration.k", "eta", "K"]
    assert len(sweep.table) == 30
    expected = 10 * sweep.settings["exploration.k"] + sweep.settings["eta"]
    pd.testing.assert_series_equal(sweep.scores, expected, check_names=False)


def test_a_setting_that_a_job_was_not_given_is_the_one_it_had(tmp_path):
    leave_job(tmp_path, 0, eta=5.0)
    leave_job(tmp_path, 1, exploration__k=3)
    sweep = gather(tmp_path, SCORE, maximise=True)
    assert sweep.settings.loc["job00"].to_dict() == {"eta": 5.0, "exploration.k": 20}
    assert sweep.settings.loc["job01"].to_dict() == {"eta": 3.0, "exploration.k": 3}


def test_a_section_chosen_whole_is_a_parameter_too(tmp_path):
    for number, problem in enumerate(("inpainting", "super_resolution")):
        leave_job(tmp_path, number, choices__problem=problem)
    for path in tmp_path.glob("*/job/record.json"):
        path.write_text(path.read_text().replace('"choices.problem"', '"problem"'))
    sweep = gather(tmp_path, SCORE, maximise=True)
    assert sorted(sweep.settings["problem"]) == ["inpainting", "super_resolution"]
    assert parallel_figure(sweep)


@pytest.mark.parametrize("maximise", [True, False])
def test_the_best_comes_first(jobs, maximise):
    sweep = gather(jobs, SCORE, maximise=maximise)
    assert sweep.scores.iloc[0] == (sweep.scores.max() if maximise else sweep.scores.min())


def test_a_job_can_be_repeated_as_it_is_printed(jobs):
    sweep = gather(jobs, SCORE, maximise=True)
    best = sweep.settings.index[0]
    given = dict(word.split("=") for word in sweep.command(best).split())
    assert given["exploration.k"] == str(int(sweep.settings["exploration.k"].iloc[0]))
    assert float(given["eta"]) == sweep.settings["eta"].iloc[0]


def test_what_decides_the_score_is_the_most_important(jobs):
    sweep = gather(jobs, SCORE, maximise=True)
    found = importance(sweep, seed=0, repeats=5)
    assert found.index[0] == "exploration.k"
    assert found["mean"].iloc[0] > 10 * found["mean"].iloc[1:].abs().max()
    pd.testing.assert_frame_equal(found, importance(sweep, seed=0, repeats=5))
    (axes,) = importance_figure(found).axes
    # Bars are drawn upwards.
    assert [label.get_text() for label in axes.get_yticklabels()] == list(found.index[::-1])


def test_every_job_is_a_line_through_every_parameter(jobs):
    sweep = gather(jobs, SCORE, maximise=True)
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


def test_the_page_says_when_weights_were_untrained(tmp_path):
    for number in range(2):
        leave_job(tmp_path, number, trained=False, eta=1.0 + number)
    sweep = gather(tmp_path, SCORE, maximise=True)
    write_page(tmp_path / "page.html", sweep, {}, "a sweep", 10)
    assert "untrained weights" in (tmp_path / "page.html").read_text()


def test_without_jobs_or_with_another_objective_it_says_so(jobs, tmp_path):
    with pytest.raises(InputError, match="no job is recorded"):
        gather(tmp_path / "nowhere", SCORE, maximise=True)
    with pytest.raises(InputError, match=r"objective is beauty: expected one of .*inversion/l2"):
        gather(jobs, "beauty", maximise=True)
