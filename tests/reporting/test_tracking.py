"""What is logged to W&B is read back from the offline runs' own files."""

from __future__ import annotations

import math
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import wandb
from PIL import Image

from eglass.errors import InputError
from eglass.evaluation.summary import summarise
from eglass.records import Record
from eglass.reporting.logged import BLOCK, THUMBNAIL
from eglass.reporting.tracking import Tracker
from tests.reporting.offline_wandb import OfflineRun, read_runs
from tests.synthetic_records import METHODS, synthetic_record

NAME = "inpainting/Émilie’s photo"
pytestmark = pytest.mark.usefixtures("wandb_service")


@pytest.fixture(scope="module")
def record() -> Record:
    record = synthetic_record("inpainting")
    pixels = np.random.default_rng(0).integers(0, 256, (300, 200, 3), dtype="uint8")
    record.arrays["target"] = pixels
    return record


@pytest.fixture(scope="module")
def run(record: Record, tmp_path_factory: pytest.TempPathFactory) -> OfflineRun:
    directory = tmp_path_factory.mktemp("results")
    Tracker(directory, "bundled", project="a-project").log_record(record, NAME)
    (run,) = read_runs(directory / "wandb")
    return run


def test_a_run_has_the_whole_configuration_and_its_place(run, record):
    assert run.config == record.meta["config"]
    assert (run.project, run.group, run.job_type) == ("a-project", "bundled", "inpainting")
    assert run.name == NAME
    assert run.finished


def test_the_coupling_matrix_is_a_table_and_an_image(run, record):
    table = run.table("C_table")
    assert len(table) == BLOCK**2
    i, j = table["i"].to_numpy(), table["j"].to_numpy()
    np.testing.assert_array_equal(table["C"].to_numpy("float32"), record.arrays["C"][i - 1, j - 1])
    heat_map = run.image("C")
    assert min(heat_map.shape[:2]) > 200
    assert len(np.unique(heat_map.reshape(-1, heat_map.shape[2]), axis=0)) > 100


def test_the_artifact_is_the_record_itself(run, record):
    (files,) = run.artifacts["record"].values()
    (folder,) = {path.parent for path in files.values()}
    stored = Record.load(folder)
    assert {path.name for path in folder.iterdir()} == set(files)
    assert stored.arrays.keys() == record.arrays.keys()
    for name, array in record.arrays.items():
        np.testing.assert_array_equal(stored.arrays[name], array)
    assert stored.meta["timings"] == record.meta["timings"]
    for name, table in record.tables.items():
        pd.testing.assert_frame_equal(stored.tables[name], table)


def test_of_a_real_measurement_there_is_no_target_to_be_shown(record, tmp_path):
    arrays = {name: array for name, array in record.arrays.items() if name != "target"}
    measured = Record(record.meta, arrays, record.tables)
    Tracker(tmp_path, "explore", project="a-project").log_record(measured, NAME)
    (run,) = read_runs(tmp_path / "wandb")
    assert run.image("images/measurement").size
    assert not any("images/target" in row for row in run.history)


def test_all_that_is_to_be_uploaded_lies_in_the_run_s_folder(run):
    artifacts = [files for named in run.artifacts.values() for files in named.values()]
    assert len(artifacts) == 3
    for path in [path for files in artifacts for path in files.values()]:
        assert run.folder in path.parents
        assert path.is_file()


def test_every_solution_is_in_a_table_with_its_thumbnail(run, record):
    table = run.table("solutions")
    expected = record.tables["solutions"]
    for column in ("method", "direction", "kind", "number", "l2", "lpips", "feasible"):
        assert table[column].tolist() == expected[column].tolist()
    np.testing.assert_array_equal(table["step"].to_numpy("float"), expected["step"])
    for thumbnail, image in zip(table["image"], record.arrays["solution_images"]):
        np.testing.assert_array_equal(thumbnail, image)


def test_large_images_are_reduced(run, record):
    assert run.image("images/target").shape == (THUMBNAIL, round(THUMBNAIL * 2 / 3), 3)
    np.testing.assert_array_equal(run.image("images/measurement"), record.arrays["measurement"])


def test_the_summary_holds_every_number_of_the_record_and_no_other(run, record):
    own = {name: value for name, value in run.summary.items() if name in summarise(record)}
    assert own == pytest.approx(summarise(record))
    # What W&B keeps besides is the last of what was logged.
    logged = {name for row in run.history for name in row}
    assert set(run.summary) - set(own) - {"_wandb"} <= logged


def test_the_summary_s_names_are_those_of_the_methods_keys(run):
    for method in METHODS:
        assert 0 <= run.summary[f"{method.key}/feasible"] <= 1
        assert run.summary[f"seconds/{method.key}"] == 0.25
    assert run.summary["inversion/reached"] is True
    assert run.summary["inversion/l2"] == 8.4e-4


def test_the_loss_curves_have_every_step_of_every_stage(run, record):
    history = record.tables["history"]
    for stage, key in (
        ("latent", "inversion/latent/l2"),
        ("adaptation", "inversion/adaptation/l2"),
        ("pulse", "pulse/l2"),
    ):
        l2 = history[history["stage"] == stage].groupby("step")["l2"]
        assert run.series(key) == list(l2.min().items())
        if stage != "adaptation":
            assert run.series(f"{key}_median") == list(l2.median().items())


def test_the_same_record_is_logged_once(record, tmp_path):
    tracker = Tracker(tmp_path, "bundled")
    for _ in range(2):
        tracker.log_record(record, "a")
        Tracker(tmp_path, "bundled").log_record(record, "a")
    assert len(read_runs(tmp_path / "wandb")) == 1
    tracker.log_record(synthetic_record(seed=1), "a")
    tracker.log_record(record, "b")
    Tracker(tmp_path, "sweep").log_record(record, "a")
    assert len({run.id for run in read_runs(tmp_path / "wandb")}) == 4


def test_what_was_logged_offline_can_still_be_logged_online(record, tmp_path, monkeypatch):
    Tracker(tmp_path, "bundled").log_record(record, "a")
    init, modes = wandb.init, []

    def record_mode(mode: str, **settings):
        modes.append(mode)
        return init(mode="offline", **settings)

    monkeypatch.setattr(wandb, "init", record_mode)
    for mode in ("online", "online", "offline"):
        Tracker(tmp_path, "bundled", mode=mode).log_record(record, "a")
    assert modes == ["online"]


def test_a_run_that_the_caller_has_open_is_left_alone(record, tmp_path):
    with wandb.init(mode="offline", dir=tmp_path, settings=wandb.Settings(silent=True)) as mine:
        Tracker(tmp_path / "results", "bundled").log_record(record, "a")
        assert wandb.run is mine
        mine.log({"still": "open"})
    assert len(read_runs(tmp_path / "results" / "wandb")) == 1


def test_the_summary_of_all_experiments_holds_tables_and_figures(tmp_path):
    claims = pd.DataFrame(
        {"claim": ["anisotropy", "speed"], "measured": [0.9, math.nan], "holds": [True, False]}
    )
    figure = tmp_path / "fig1.png"
    pixels = np.random.default_rng(0).integers(0, 256, (20, 300, 3), dtype="uint8")
    Image.fromarray(pixels).save(figure)
    tracker = Tracker(tmp_path, "bundled")
    for _ in range(2):
        tracker.log_summary("report", {"claims": claims}, {"fig1": figure}, {"seed": 0})
    (run,) = read_runs(tmp_path / "wandb")
    assert (run.config, run.job_type, run.group) == ({"seed": 0}, "report", "bundled")
    assert run.table("claims")["claim"].tolist() == ["anisotropy", "speed"]
    np.testing.assert_array_equal(run.table("claims")["measured"], claims["measured"])
    np.testing.assert_array_equal(run.image("fig1"), pixels)
    tracker.log_summary("report", {"claims": claims.assign(measured=1.0)}, {}, {"seed": 0})
    assert len(read_runs(tmp_path / "wandb")) == 2


def test_an_unknown_mode_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"expected offline, online or disabled"):
        Tracker(tmp_path, "bundled", mode="on")


PROCESS = """
import sys
from pathlib import Path
from eglass.evaluation.summary import summarise
from eglass.records import Record
from eglass.reporting.tracking import Tracker

directory, *folders = map(Path, sys.argv[1:])
records = [Record.load(folder) for folder in folders]
Tracker(directory / "disabled", "bundled", mode="disabled").log_record(records[0], "none")
assert "wandb" not in sys.modules
import wandb
wandb.setup(wandb.Settings(silent=True))
print("ready", flush=True)
for record in records:
    Tracker(directory, "bundled").log_record(record, record.meta["target"]["name"])
"""


def test_processes_that_log_at_once_lose_nothing_and_say_nothing(tmp_path, capfd):
    """The other process first checks that a disabled tracker imports and writes nothing."""
    records = [synthetic_record(seed=seed) for seed in range(8)]
    folders = [tmp_path / "records" / record.meta["target"]["name"] for record in records]
    for record, folder in zip(records, folders):
        record.save(folder)
    directory = tmp_path / "results"
    other = subprocess.Popen(
        [sys.executable, "-c", PROCESS, directory, *folders[:4]],
        # A service of its own, and not this process's.
        env={name: value for name, value in os.environ.items() if name != "WANDB_SERVICE"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert other.stdout.readline() == "ready\n"
    for record in records[4:]:
        Tracker(directory, "bundled").log_record(record, record.meta["target"]["name"])
    assert other.communicate(timeout=60)[0] == ""
    assert capfd.readouterr() == ("", "")
    assert not (directory / "disabled").exists()
    runs = read_runs(directory / "wandb")
    assert [run.name for run in runs] == [record.meta["target"]["name"] for record in records]
    for record, run in zip(records, runs):
        assert run.finished
        assert run.config == record.meta["config"]
        l2 = record.tables["solutions"].groupby("method")["l2"].mean()
        assert run.summary["pulse/l2_mean"] == pytest.approx(l2["pulse"])
        assert len(run.series("inversion/adaptation/l2")) == 5
