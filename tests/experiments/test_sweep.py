"""Sweeps and campaigns, tiny, through the real launchers: what ran is recorded, not run again."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import ray
import wandb
import yaml
from experiments.cli import CONF, command
from hydra import compose, initialize_config_dir
from PIL import Image
from wandb.sdk.launch.sweeps.utils import create_sweep_command, create_sweep_command_args

from eglass.evaluation.claims import EDGE, EGLASS, EIGENVECTOR, EIGENVECTOR_EDGE
from eglass.evaluation.summary import names
from eglass.inversion.minimisation import Minimisation
from eglass.records import Record
from eglass.reporting.tracking import Tracker
from experiments import campaign, exploration, sweep, sweep_report
from tests.experiments import witnessed
from tests.offline_wandb import read_runs

TINY = [
    "inversion.scouts=2",
    "inversion.scout_steps=2",
    "inversion.starts=2",
    "inversion.steps=4",
    "inversion.adaptation_steps=2",
    "exploration.strip=[1,2]",
    "exploration.bisections=2",
]
SWEEP = [*TINY, "samples.count=1", "hydra.sweeper.n_trials=2", "objective=v_K/lpips_mean"]


def workers(results: Path) -> set[str]:
    """Return the processes that jobs ran in, other than this one."""
    return {path.name for path in results.glob("process-*")} - {f"process-{os.getpid()}"}


def files(results: Path) -> dict[Path, int]:
    """Return when each file of the jobs' records was written."""
    return {path: path.stat().st_mtime_ns for path in (results / "jobs").rglob("*.*")}


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a task as its command line does, and return what it prints."""

    def run(task, *arguments: str, root: str = "sweep") -> str:
        monkeypatch.setattr(sys, "argv", [task.__name__, *arguments])
        command(task, root)
        return capsys.readouterr().out

    return run


@pytest.fixture(scope="module")
def swept(tmp_path_factory) -> Path:
    """A sweep that two workers of submitit ran."""
    place = tmp_path_factory.mktemp("sweep")
    argv = ["sweep", "--multirun", "hydra/launcher=submitit_local", f"results={place}", *SWEEP]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", argv)
        patch.setenv("OMP_NUM_THREADS", "1")
        command(witnessed.sweep_job, "sweep")
    return place


def test_every_job_has_a_process_and_a_record_of_its_own(swept):
    assert len(workers(swept)) == 2
    records = [Record.load(path) for path in swept.glob("jobs/*/job")]
    assert len(records) == 2
    assert len({record.meta["settings"]["eta"] for record in records}) == 2
    for record in records:
        settings, (config,) = record.meta["settings"], record.meta["config"]["explorations"]
        assert config["exploration"]["K"] == config["problem"]["shown_K"] == [settings["K"]]
        assert config["exploration"]["steps"] == [-settings["eta"], settings["eta"]]
        assert record.meta["summary"]["v_K/lpips_mean"] > 0


def test_runs_in_parallel_keep_configuration_and_summary_and_share_a_group(swept):
    runs = read_runs(swept / "wandb")
    assert len(runs) == 2
    for run in runs:
        job = Record.load(swept / "jobs" / run.name / "job")
        assert run.finished
        assert (run.group, run.job_type) == ("sweep", "sweep")
        assert run.config == job.meta["settings"]
        summary = {name: value for name, value in run.summary.items() if "/" in name}
        assert summary == pytest.approx(job.meta["summary"])


def test_another_launcher_finds_the_same_jobs_recorded(swept, run, monkeypatch):
    monkeypatch.setattr(exploration, "explore", lambda *_: 1 / 0)
    before = files(swept)
    run(witnessed.sweep_job, "--multirun", f"results={swept}", *SWEEP)
    assert f"process-{os.getpid()}" in {path.name for path in swept.glob("process-*")}
    assert files(swept) == before
    assert len(read_runs(swept / "wandb")) == 2


def test_a_job_that_was_killed_goes_on_after_the_targets_it_had(swept, run, monkeypatch):
    job = next(swept.glob("jobs/*/job"))
    lost = Record.load(job)
    shutil.rmtree(job)
    monkeypatch.setattr(Minimisation, "minimise", lambda *_, **__: 1 / 0)
    run(sweep.main, "--multirun", f"results={swept}", *SWEEP)
    assert Record.load(job).meta["summary"] == lost.meta["summary"]


def test_the_report_has_every_job_on_a_page_of_its_own(swept, run):
    out = run(sweep_report.main, f"results={swept}", "objective=v_K/lpips_mean")
    table = pd.read_csv(swept / "sweep.csv", index_col="job")
    assert set(table.index) == {path.name for path in (swept / "jobs").iterdir()}
    assert table["v_K/lpips_mean"].is_monotonic_decreasing
    assert {"K", "eta", "exploration.k", "exploration.threshold"} < set(table.columns)
    page = (swept / "sweep.html").read_text()
    assert page.count("data:image/png;base64,") == 3
    assert 'src="http' not in page
    for name in ("best", "parallel", "importance"):
        assert (swept / f"sweep_{name}.pdf").stat().st_size > 5000
    assert table.index[0] in out


def test_a_folder_of_images_is_explored_in_shards_by_two_workers(run, tmp_path):
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
        "exploration.K=[8]",
        "baseline.starts=2",
        "baseline.steps=2",
    ]
    try:
        run(
            witnessed.campaign_job,
            "--multirun",
            "hydra/launcher=ray",
            "hydra.launcher.ray.init.num_cpus=2",
            "shard.index=range(2)",
            "shard.of=2",
            *settings,
            root="config",
        )
    finally:
        ray.shutdown()
    assert len(workers(results)) == 2
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", overrides=[*settings, "profile.name=shards"])
    by_target = campaign.load(cfg)["inpainting"]
    assert list(by_target) == ["photograph", "a.png", "b 1.jpg"]
    for record in by_target.values():
        assert record.arrays["target"].shape == (64, 64, 3)


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        ("objective=beauty", "objective is beauty: expected one of"),
        ("objective=PULSE/l2_mean", "objective is PULSE/l2_mean"),
        ("eta=-3", "eta is -3"),
        ("samples.count=0", "samples.count is 0"),
        ("exploration.k=400", "k is 400"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(monkeypatch, capsys, tmp_path, override, complaint):
    monkeypatch.setattr(Minimisation, "minimise", lambda *_, **__: 1 / 0)
    monkeypatch.setattr(sys, "argv", ["sweep", f"results={tmp_path}", "eta=3", override])
    with pytest.raises(SystemExit) as ending:
        command(sweep.main, "sweep")
    assert ending.value.code == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert complaint in line


@pytest.mark.parametrize(
    ("task", "root", "overrides", "complaint"),
    [
        (sweep.main, "sweep", ["objective=beauty"], "objective is beauty"),
        (sweep.main, "sweep", ["generator.weights=no/such/file"], "no weight file"),
        (campaign.main, "config", ["exploration.K=[0]", "shard.index=range(2)"], "K is 0"),
    ],
)
def test_what_all_jobs_share_is_tried_before_the_first(
    monkeypatch, capfd, tmp_path, task, root, overrides, complaint
):
    results = tmp_path / "results"
    argv = ["many", "--multirun", f"results={results}", *overrides]
    monkeypatch.setattr(sys, "argv", argv)
    with pytest.raises(SystemExit) as ending:
        command(task, root)
    assert ending.value.code == 2
    (line,) = capfd.readouterr().err.strip().splitlines()
    assert line.startswith("error: ")
    assert complaint in line
    assert not results.exists()


def test_a_shard_that_is_none_is_named():
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", overrides=["shard.of=3", "shard.index=3"])
    with pytest.raises(ValueError, match=r"shard.index is 3 of 3: expected 0 to 2"):
        campaign.shard(cfg, "inpainting")


def test_shards_share_the_targets_out_and_forget_none():
    with initialize_config_dir(str(CONF), version_base="1.3"):
        parts = [
            campaign.shard(compose("config", overrides=["shard.of=4", f"shard.index={i}"]), "any")
            for i in range(4)
        ]
        whole = campaign.targets(compose("config"), "any")
    found = sorted(target["name"] for part in parts for target in part)
    assert found == sorted(target["name"] for target in whole)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize(
    "path", sorted((CONF / "sweeps").glob("*.yaml")), ids=lambda path: path.stem
)
def test_what_a_wandb_agent_runs_is_a_job_of_a_sweep(path):
    asked = yaml.safe_load(path.read_text())
    known = names([EIGENVECTOR, EGLASS, EIGENVECTOR_EDGE, EDGE])
    assert asked["metric"]["name"] in known
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
            assert choices.get(name, _select(cfg, name)) == value
    groups = {yaml.safe_load(p.read_text())["command"][5] for p in path.parent.glob("*.yaml")}
    assert len(groups) == len(list(path.parent.glob("*.yaml")))


def _ends(space: dict) -> list:
    return space.get("values") or [space["min"], space["max"]]


def _select(cfg, name: str):
    for part in name.split("."):
        cfg = cfg[part]
    return cfg


def test_the_run_of_an_agent_is_the_one_that_it_waits_for(swept, tmp_path, monkeypatch):
    record = Record.load(next(swept.glob("jobs/*/job")))
    wandb.teardown()
    monkeypatch.setenv("WANDB_SWEEP_ID", "a-sweep")
    monkeypatch.setenv("WANDB_RUN_ID", "the-agents-run")
    Tracker(tmp_path, "group").log_job(record, "a job")
    wandb.teardown()
    (run,) = read_runs(tmp_path / "wandb")
    assert (run.id, run.group) == ("the-agents-run", "group")
    assert run.config == record.meta["settings"]
