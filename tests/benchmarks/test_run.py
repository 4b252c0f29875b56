"""`make bench`, tiny, through the real command line: data, then drawings from them alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from experiments.benchmarks.drawing import draw
from experiments.benchmarks.history import read
from experiments.benchmarks.results import Result
from experiments.benchmarks.summary import BENCHMARKS

ROOT = Path(__file__).parents[2]
TINY = [
    "device=cpu",
    "samples.count=1",
    "~bench.geometry.cases.dcgan",
    "~bench.geometry.cases.biggan",
    "bench.geometry.cases.pggan.columns=12",
    "bench.geometry.cases.pggan.ranks=[3]",
    "bench.geometry.cases.pggan.generator.resolution=32",
    "bench.geometry.cases.pggan.generator.latent_dim=64",
    "bench.geometry.cases.pggan.generator.max_channels=8",
    "bench.geometry.repetitions=2",
    "bench.geometry.batches=[4,100]",
    "bench.geometry.reverse_rows=64",
    "bench.solutions.counts=[1,10,30]",
    "bench.solutions.solves=1",
    "bench.solutions.batches=[[4,2]]",
    "bench.solutions.tried_solutions=2",
    "bench.solutions.timed_solutions=2",
    "bench.solutions.same_budget.steps=8",
    "bench.solutions.same_budget.adaptation_steps=2",
    "bench.inversion.repetitions=2",
    "bench.inversion.steps=2",
    "bench.targets.counts=[1,3]",
    "bench.targets.at_most=2",
    "inversion.bank=60",
    "inversion.starts=1",
    "inversion.steps=20",
    "inversion.adaptation_steps=10",
    "baseline.steps=10",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("bench")
    done = subprocess.run(
        [sys.executable, "-m", "experiments.benchmarks", f"results={place}", *TINY],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return place / "cpu"


@pytest.fixture(scope="module")
def results(folder) -> dict[str, Result]:
    return {name: Result.read(folder, name) for name in BENCHMARKS}


def test_each_file_says_where_it_comes_from(folder, results):
    for name, found in results.items():
        assert json.loads((folder / f"{name}.json").read_text())["benchmark"] == name
        environment = found.meta["environment"]
        assert environment["versions"]["torch"]
        assert environment["machine"]["cores"] >= 1
        assert found.meta["config"]["bench"][name.split("_")[0]]
        assert not found.tables["runs"].empty
        known = found.tables["summary"].dropna(subset="median")
        assert (known["min"] <= known["median"]).all()
        assert len(known) > 0


def test_every_ratio_and_time_is_in_the_history(folder, results):
    history = read(folder)
    assert list(history["benchmark"].unique()) == list(BENCHMARKS)
    assert history["said"].eq("new").all()
    for name, rows in history.groupby("benchmark"):
        for unit, table in (("ratio", "ratios"), ("seconds", "summary")):
            known = results[name].tables[table].dropna(subset="median")
            assert rows["unit"].eq(unit).sum() == len(known)


def test_geometry_has_time_memory_and_error_of_every_way(results):
    tables = results["geometry"].tables
    contenders = tables["contenders"].set_index("contender")
    assert len(contenders) == 6
    assert (contenders["peak_bytes"] > 0).all()
    assert (contenders["dimensions"] == 12).all()
    assert not contenders["trained"].any()
    assert contenders.loc["e-GLASS, fused", ["error_Y", "error_X"]].max() < 1e-5
    assert contenders["error_X"].drop(["reverse-mode Jacobian", "floor: d forward passes"]).all()
    assert (tables["summary"]["runs"] == 2).all()
    assert tables["floor"]["best"].sum() == 1


@pytest.mark.parametrize("problem", ["super_resolution", "inpainting"])
def test_solutions_are_as_many_as_asked_or_multiplied_up(results, problem):
    runs = results[f"solutions_{problem}"].tables["runs"]
    assert (runs.groupby("contender")["count"].agg(list).map(tuple) == (1, 10, 30)).all()
    pulse = runs[runs["contender"] == "PULSE, sequential"]
    assert (pulse["multiplied_up_from"] == 1).all()
    assert (pulse["seconds"] / pulse["count"]).tolist() == pytest.approx(
        [pulse["seconds"].min()] * 3
    )
    ours = runs[runs["contender"].str.startswith("e-GLASS")]
    assert ours["multiplied_up_from"].isna().all()
    # So short an inversion does not always arrive.
    all_found = ours["found"] >= ours["count"]
    stages = ours[["inversion", "geometry", "exploration"]].sum(axis=1).where(all_found)
    assert ours["seconds"].tolist() == pytest.approx(stages.tolist(), nan_ok=True)
    found = runs.loc[(runs["contender"] == "e-GLASS") & (runs["count"] > 1), "found"].tolist()
    assert found == [10, 30]


def test_targets_beyond_what_is_run_say_so(results):
    runs = results["targets"].tables["runs"].set_index("targets")
    assert runs["targets_run"].to_dict() == {1: 1, 3: 2}
    assert runs["seconds"].tolist() == pytest.approx(
        runs[["inversion", "geometry", "exploration"]].sum(axis=1).tolist()
    )


def test_everything_is_drawn_again_from_the_files_alone(folder, tmp_path):
    for name in BENCHMARKS:
        (tmp_path / f"{name}.json").write_bytes((folder / f"{name}.json").read_bytes())
    draw(tmp_path)
    for name in BENCHMARKS:
        assert Image.open(tmp_path / f"{name}.png").width > 500
        assert (tmp_path / f"{name}.png").read_bytes() == (folder / f"{name}.png").read_bytes()
    summary = (tmp_path / "summary.md").read_text()
    assert summary == (folder / "summary.md").read_text()
    assert "untrained weights" in summary
    assert "| e-GLASS, fused" in summary


def test_one_benchmark_alone_is_drawn_as_well(folder, tmp_path):
    (tmp_path / "targets.json").write_bytes((folder / "targets.json").read_bytes())
    assert [path.name for path in draw(tmp_path)] == ["targets.png", "summary.md"]
