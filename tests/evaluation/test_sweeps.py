"""What a sweep's records say together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from eglass.errors import InputError
from eglass.evaluation.sweeps import FEWEST, gather, importance
from eglass.records import UNTRAINED
from tests.evaluation.swept import SCORE, leave_job, leave_jobs


@pytest.fixture(scope="module")
def jobs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jobs")
    leave_jobs(folder)
    return folder


def test_a_parameter_is_what_jobs_were_given_and_do_not_share(jobs):
    sweep = gather(jobs, SCORE, maximise=True)
    assert list(sweep.settings) == ["explorer.k", "eta", "K"]
    assert len(sweep.table) == 30
    expected = 10 * sweep.settings["explorer.k"] + sweep.settings["eta"]
    pd.testing.assert_series_equal(sweep.scores, expected, check_names=False)


def test_a_setting_that_a_job_was_not_given_is_the_one_it_had(tmp_path):
    leave_job(tmp_path, 0, {"eta": 5.0})
    leave_job(tmp_path, 1, {"explorer.k": 3})
    sweep = gather(tmp_path, SCORE, maximise=True)
    assert sweep.settings.loc["job00"].to_dict() == {"eta": 5.0, "explorer.k": 20}
    assert sweep.settings.loc["job01"].to_dict() == {"eta": 3.0, "explorer.k": 3}


def test_a_section_chosen_whole_is_a_parameter_too(tmp_path):
    for number, problem in enumerate(("inpainting", "super_resolution")):
        leave_job(tmp_path, number, {"problem": problem})
    sweep = gather(tmp_path, SCORE, maximise=True)
    assert sweep.settings["problem"].to_dict() == {
        "job00": "inpainting",
        "job01": "super_resolution",
    }


@pytest.mark.parametrize("maximise", [True, False])
def test_the_best_comes_first(jobs, maximise):
    sweep = gather(jobs, SCORE, maximise=maximise)
    assert sweep.scores.iloc[0] == (sweep.scores.max() if maximise else sweep.scores.min())


def test_a_job_can_be_repeated_as_it_is_printed(jobs):
    sweep = gather(jobs, SCORE, maximise=True)
    best = sweep.settings.index[0]
    given = dict(word.split("=") for word in sweep.command(best).split())
    assert given["explorer.k"] == str(int(sweep.settings["explorer.k"].iloc[0]))
    assert float(given["eta"]) == sweep.settings["eta"].iloc[0]


def test_what_decides_the_score_is_the_most_important(jobs):
    sweep = gather(jobs, SCORE, maximise=True)
    found = importance(sweep, seed=0, repeats=5)
    assert found is not None
    losses = found.table["mean"]
    assert losses.index[0] == "explorer.k"
    assert losses.iloc[0] > 10 * losses.iloc[1:].abs().max()
    assert 0.5 < found.explained < 1
    again = importance(sweep, seed=0, repeats=5)
    pd.testing.assert_frame_equal(found.table, again.table)


def test_few_jobs_or_a_score_that_settings_do_not_decide_say_nothing(jobs):
    sweep = gather(jobs, SCORE, maximise=True)
    few = sweep.settings.index[: FEWEST - 1]
    assert importance(replace(sweep, summaries=sweep.summaries.loc[few]), seed=0) is None
    noise = np.random.default_rng(0).normal(size=len(sweep.summaries))
    unrelated = replace(sweep, summaries=sweep.summaries.assign(**{SCORE: noise}))
    assert importance(unrelated, seed=0) is None


@pytest.mark.parametrize(("trained", "note"), [(True, ""), (False, UNTRAINED)])
def test_one_job_of_untrained_weights_is_said_of_the_sweep(tmp_path, trained, note):
    for number in range(2):
        leave_job(tmp_path, number, {"eta": 1.0 + number}, trained=trained or number == 0)
    assert gather(tmp_path, SCORE, maximise=True).note == note


def test_without_jobs_or_with_another_objective_it_says_so(jobs, tmp_path):
    with pytest.raises(InputError, match="no job is recorded"):
        gather(tmp_path / "nowhere", SCORE, maximise=True)
    with pytest.raises(InputError, match=r"objective is beauty: expected one of .*inversion/l2"):
        gather(jobs, "beauty", maximise=True)
