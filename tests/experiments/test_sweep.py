"""Sweeps and shards, tiny, through the real launchers: what ran is recorded, and not run again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import ray
import wandb
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from PIL import Image
from wandb.sdk.launch.sweeps.utils import create_sweep_command, create_sweep_command_args

from eglass.evaluation.summary import numbers
from eglass.inversion.minimisation import Minimisation
from eglass.records import Record, names
from eglass.reporting.tracking import Tracker
from eglass.workflows import recorded
from eglass.workflows.exploration import Task
from experiments import all_targets, sweep, sweep_report
from tests.experiments import witnessed
from tests.experiments.running import CONF, composed, run, run_task
from tests.reporting.offline_wandb import read_runs

TINY = [
    "inversion.scouts=2",
    "inversion.scout_steps=2",
    "inversion.starts=2",
    "inversion.steps=4",
    "inversion.adaptation_steps=2",
    "explorer.bisections=2",
]
SCORE = "eigenvectors_steps/lpips_mean"
SWEEP = [*TINY, "samples.count=1", "hydra.sweeper.n_trials=2", f"objective={SCORE}"]


def workers(results: Path) -> set[str]:
    """Return the processes that jobs ran in, other than this one."""
    return {path.name for path in results.glob("process-*")} - {f"process-{os.getpid()}"}


def files(results: Path) -> dict[Path, int]:
    """Return when each file of the jobs' records was written."""
    return {path: path.stat().st_mtime_ns for path in (results / "jobs").rglob("*.*")}


@pytest.fixture(scope="module")
def swept(tmp_path_factory) -> Path:
    """A sweep that two workers of submitit ran."""
    place = tmp_path_factory.mktemp("sweep")
    launched = ["--multirun", "hydra/launcher=submitit_local", f"results={place}", *SWEEP]
    run_task(witnessed.sweep_job, "sweep", *launched)
    return place


def test_every_job_has_a_process_and_a_record_of_its_own(swept):
    assert len(workers(swept)) == 2
    records = [Record.load(path) for path in swept.glob("jobs/*/job")]
    assert len(records) == 2
    assert len({record.meta["settings"]["eta"] for record in records}) == 2
    for record in records:
        settings, (config,) = record.meta["settings"], record.meta["config"]["explorations"]
        assert config["explorer"]["K"] == config["problem"]["shown_K"] == [settings["K"]]
        assert config["walks"]["steps"] == [-settings["eta"], settings["eta"]]
        assert record.meta["summary"][SCORE] > 0


def test_runs_in_parallel_keep_configuration_and_summary_and_share_a_group(swept):
    runs = read_runs(swept / "wandb")
    assert len(runs) == 2
    for each in runs:
        job = Record.load(swept / "jobs" / each.name / "job")
        assert each.finished
        assert (each.group, each.job_type) == ("sweep", "sweep")
        assert each.config == job.meta["settings"]
        summary = {name: value for name, value in each.summary.items() if "/" in name}
        assert summary == pytest.approx(job.meta["summary"])


def test_another_launcher_finds_the_same_jobs_recorded(swept, monkeypatch):
    monkeypatch.setattr(Task, "explore", lambda *_: 1 / 0)
    before = files(swept)
    run_task(witnessed.sweep_job, "sweep", "--multirun", f"results={swept}", *SWEEP)
    assert f"process-{os.getpid()}" in {path.name for path in swept.glob("process-*")}
    assert files(swept) == before
    assert len(read_runs(swept / "wandb")) == 2


def test_a_job_that_was_killed_goes_on_after_the_targets_it_had(swept, monkeypatch):
    job = next(swept.glob("jobs/*/job"))
    lost = Record.load(job)
    shutil.rmtree(job)
    monkeypatch.setattr(Minimisation, "minimise", lambda *_, **__: 1 / 0)
    run(sweep, "--multirun", f"results={swept}", *SWEEP)
    assert Record.load(job).meta["summary"] == pytest.approx(lost.meta["summary"])


def test_the_report_has_every_job_on_a_page_of_its_own(swept, capsys):
    run(sweep_report, f"results={swept}", f"objective={SCORE}")
    table = pd.read_csv(swept / "sweep.csv", index_col="job")
    assert set(table.index) == {path.name for path in (swept / "jobs").iterdir()}
    assert table[SCORE].is_monotonic_decreasing
    assert {"K", "eta", "explorer.k", "explorer.threshold"} < set(table.columns)
    page = (swept / "sweep.html").read_text()
    # Of so few jobs, nothing is said to matter.
    assert page.count("data:image/png;base64,") == 2
    assert 'src="http' not in page
    for name in ("best", "parallel"):
        assert (swept / f"sweep_{name}.pdf").stat().st_size > 5000
    assert table.index[0] in capsys.readouterr().out


def test_a_folder_of_images_is_explored_in_shards_by_two_workers(tmp_path):
    folder, results = tmp_path / "photos", tmp_path / "results"
    folder.mkdir()
    results.mkdir()
    for name, level in (("b 1.jpg", 90), ("a.png", 160)):
        ramp = np.tile(np.linspace(level - 60, level + 60, 70).astype(np.uint8), (80, 1))
        Image.fromarray(ramp).save(folder / name)
    settings = [
        *TINY,
        f"results={results}",
        f"samples.folder={folder}",
        "~problem@problems.super_resolution",
        "explorer.K=[8]",
        "walks.strip=[1,2]",
        "count=2",
        "baseline.steps=2",
    ]
    try:
        run_task(
            witnessed.targets_job,
            "config",
            "--multirun",
            "hydra/launcher=ray",
            "hydra.launcher.ray.init.num_cpus=2",
            "shard.index=range(2)",
            "shard.of=2",
            *settings,
        )
    finally:
        ray.shutdown()
    assert len(workers(results)) == 2
    by_target = recorded.load(composed("config", *settings, "profile.name=shards"))["inpainting"]
    assert list(by_target) == ["photograph", "a.png", "b 1.jpg"]
    for record in by_target.values():
        assert record.arrays["target"].shape == (64, 64, 3)


@pytest.mark.parametrize(
    ("page", "overrides", "complaint"),
    [
        (sweep, ["objective=beauty"], "objective is beauty: expected one of"),
        (sweep, ["objective=pulse/l2_mean"], "objective is pulse/l2_mean"),
        (sweep, ["generator.weights=no/such/file"], "no weight file"),
        (all_targets, ["explorer.K=[101]", "shard.index=range(2)", "shard.of=2"], "K is 101"),
    ],
)
def test_what_all_jobs_share_is_tried_before_the_first(capfd, tmp_path, page, overrides, complaint):
    results = tmp_path / "results"
    with pytest.raises(SystemExit) as ending:
        run(page, "--multirun", f"results={results}", *overrides)
    assert ending.value.code == 2
    (line,) = capfd.readouterr().err.strip().splitlines()
    assert line.startswith("error: ")
    assert complaint in line
    assert not results.exists()


def test_pulse_s_numbers_can_be_searched_where_pulse_is_asked():
    cfg = composed("sweep", "+explorer@baseline=pulse", "objective=pulse/l2_mean")
    from eglass.workflows.sweep import check

    check(cfg)


@pytest.mark.parametrize(
    "path", sorted((CONF / "sweeps").glob("*.yaml")), ids=lambda path: path.stem
)
def test_what_a_wandb_agent_runs_is_a_job_of_a_sweep(path):
    asked = yaml.safe_load(path.read_text())
    walked = [
        names.EIGENVECTORS_STEPS,
        names.ALGORITHM1_STEPS,
        names.EIGENVECTORS,
        names.ALGORITHM1,
    ]
    assert asked["metric"]["name"] in numbers(walked, "lpips")
    for pick in (0, -1):
        chosen = {name: _ends(space)[pick] for name, space in asked["parameters"].items()}
        given = create_sweep_command_args(
            {"args": {name: {"value": value} for name, value in chosen.items()}}
        )
        program = create_sweep_command(list(asked["command"]))
        assert program[:4] == ["${env}", "${interpreter}", "-m", "experiments.sweep"]
        fixed = program[4 : program.index("${args_no_hyphens}")]
        with initialize_config_dir(str(CONF), version_base="1.3"):
            cfg = compose(
                "sweep", overrides=[*fixed, *given["args_no_hyphens"]], return_hydra_config=True
            )
        assert cfg.tracking.mode == "online"
        for name, value in chosen.items():
            choices = cfg.hydra.runtime.choices
            assert choices.get(name, OmegaConf.select(cfg, name)) == value
    groups = {yaml.safe_load(p.read_text())["command"][5] for p in path.parent.glob("*.yaml")}
    assert len(groups) == len(list(path.parent.glob("*.yaml")))


def _ends(space: dict) -> list:
    return space.get("values") or [space["min"], space["max"]]


def test_the_run_of_an_agent_is_the_one_that_it_waits_for(swept, tmp_path, monkeypatch):
    record = Record.load(next(swept.glob("jobs/*/job")))
    wandb.teardown()
    monkeypatch.setenv("WANDB_SWEEP_ID", "a-sweep")
    monkeypatch.setenv("WANDB_RUN_ID", "the-agents-run")
    Tracker(tmp_path, "group").log_job(record, "a job")
    wandb.teardown()
    (each,) = read_runs(tmp_path / "wandb")
    assert (each.id, each.group) == ("the-agents-run", "group")
    assert each.config == record.meta["settings"]
