"""The paper's profile runs end to end, on small instances of the same classes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from eglass.records import UNTRAINED, Record
from experiments import reproduce
from tests.experiments.running import composed, run

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
    "baseline.steps=6",
    "count=4",
    "explorer.bisections=3",
    "timing.targets=1",
    "timing.steps=6",
    "timing.adaptation_steps=2",
    "timing.solutions=2",
    "claims.resamples=100",
    "tracking=disabled",
]


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("paper")
    run(reproduce, f"results={place}", *SMALL)
    return place


def test_each_problem_has_its_own_generator_and_target(results):
    found = {}
    for problem in ("super_resolution", "inpainting"):
        record = Record.load(results / "records" / problem / "photograph")
        config = record.meta["config"]
        sizes = (record.arrays["target"].shape, record.arrays["z0"].shape)
        found[problem] = (config["generator"]["_target_"], config["target"]["picture"], *sizes)
    assert found == {
        "super_resolution": (
            "eglass.generators.BigGAN.pretrained",
            "chelsea",
            (32, 32, 3),
            (64,),
        ),
        "inpainting": ("eglass.generators.PGGAN.pretrained", "astronaut", (32, 32, 3), (64,)),
    }


def test_every_table_and_the_report_say_that_the_weights_are_untrained(results):
    for name in ("table1_timing", "solutions", "claims"):
        assert (pd.read_csv(results / f"{name}.csv")["note"] == UNTRAINED).all()
    assert UNTRAINED in (results / "table1_timing.md").read_text()
    assert UNTRAINED.capitalize() in (results / "report.html").read_text()


def test_a_fast_inversion_is_left_out_of_table_1(results):
    table = pd.read_csv(results / "table1_timing.csv")
    assert set(table["method"]) == {"PULSE", "e-GLASS"}
    assert len(table) == 2 * 2 * 2


def test_nothing_is_written_for_wandb_where_tracking_is_disabled(results):
    assert not (results / "wandb").exists()


def test_at_full_size_the_problems_are_the_paper_s():
    cfg = composed("config", "profile=paper")
    shrink = cfg.problems.super_resolution.physics.factor
    assert (cfg.generator.super_resolution.name, shrink) == ("biggan-deep-256", 8)
    assert cfg.generator.inpainting.resolution == 1024
    assert cfg.paper.super_resolution.pulse_seconds == 3.5e4
    assert cfg.paper.inpainting.eglass_l2 == [1.2e-3, 2.0e-3]
