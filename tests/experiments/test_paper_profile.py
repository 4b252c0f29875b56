"""The paper's profile runs end to end, on small instances of the same classes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from experiments.building import enlargement

from eglass.generators import PGGAN
from eglass.records import UNTRAINED, Record

ROOT = Path(__file__).parents[2]
SMALL = [
    "profile=paper",
    "generator.weights=random",
    "generator.super_resolution.name=biggan-deep-32",
    "generator.inpainting.resolution=32",
    "generator.inpainting.latent_dim=64",
    "generator.inpainting.max_channels=32",
    "samples.count=2",
    "inversion.starts=2",
    "inversion.steps=6",
    "inversion.adaptation_steps=4",
    "baseline.starts=4",
    "baseline.steps=6",
    "exploration.bisections=3",
    "timing.targets=1",
    "timing.steps=6",
    "timing.adaptation_steps=2",
    "claims.resamples=100",
    "tracking=disabled",
]


def run(module: str, place: Path, *overrides: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, f"results={place}", *SMALL, *overrides],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("paper")
    run("experiments.reproduce", place)
    return place


def test_each_problem_has_its_own_generator_and_target(results):
    found = {}
    for problem in ("super_resolution", "inpainting"):
        record = Record.load(results / "records" / problem / "photograph")
        config = record.meta["config"]
        found[problem] = (config["generator"]["_target_"], config["target"]["picture"])
    assert found == {
        "super_resolution": ("eglass.generators.BigGAN.pretrained", "chelsea"),
        "inpainting": ("eglass.generators.PGGAN.pretrained", "astronaut"),
    }


def test_a_photograph_smaller_than_the_generator_is_said_to_be_enlarged(results):
    # The cat is 300 pixels high, enough for 32; the same holds of the astronaut's face.
    for problem in ("super_resolution", "inpainting"):
        record = Record.load(results / "records" / problem / "photograph")
        assert record.meta["enlargement"] == 1
    target = {"path": None, "picture": "astronaut", "crop": [0, 0, 0.25, 0.25]}
    assert enlargement(target, PGGAN([8] * 7, latent_dim=8)) == 2


def test_every_table_says_that_the_weights_are_untrained(results):
    for name in ("table1_timing", "solutions", "claims"):
        assert (pd.read_csv(results / f"{name}.csv")["note"] == UNTRAINED).all()
    assert UNTRAINED in (results / "table1_timing.md").read_text()
    assert UNTRAINED.capitalize() in (results / "report.html").read_text()


def test_table_1_can_be_projected_from_a_few_steps(tmp_path: Path):
    printed = run("experiments.table1_timing", tmp_path, "timing.project_from=3")
    assert "PROJECTION" in printed
    table = pd.read_csv(tmp_path / "table1_timing.csv")
    assert len(table) == 4
    assert table["protocol"].str.startswith("PROJECTION").all()
    assert (table["note"] == UNTRAINED).all()
    pulse = table[table["method"] == "PULSE"]
    assert pulse["total"].tolist() == pytest.approx(10 * 6 * pulse["seconds_a_step"])
