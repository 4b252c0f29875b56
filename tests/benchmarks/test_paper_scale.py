"""The benchmark at the paper's size, at a small one."""

from __future__ import annotations

import pytest
from hydra import compose, initialize_config_dir

from eglass.configuration.command import CONF
from experiments.benchmarks.paper_scale import measure

SMALL = {
    "super_resolution": ["name=biggan-deep-32"],
    "inpainting": ["resolution=32", "latent_dim=24", "max_channels=16"],
}


@pytest.mark.parametrize("case", SMALL)
def test_it_says_what_both_metrics_took_and_what_the_floor_would(case):
    generator = f"bench.paper_scale.generators.{case}"
    overrides = [f"{generator}.{setting}" for setting in SMALL[case]]
    overrides += ["device=cpu", f"bench.paper_scale.case={case}"]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("bench", overrides=overrides)
    found = measure(cfg)
    (row,) = found.tables["runs"].to_dict("records")
    assert found.meta["benchmark"] == f"paper_scale_{case}"
    assert row["dimensions"] == {"super_resolution": 64, "inpainting": 24}[case]
    assert row["finite"]
    assert row["positive"]
    assert not row["trained"]
    assert row["ratio"] == pytest.approx(row["seconds"] / row["floor_seconds"])
    # More than PyTorch by itself, less than any laptop.
    assert 0.1 < row["peak_gb"] < 16
