"""What is recorded counts for exactly the settings that decided it."""

from __future__ import annotations

import pytest

from eglass.errors import InputError
from eglass.records import Origin
from eglass.workflows import recorded, targets
from tests.experiments.running import changed, composed
from tests.synthetic_records import synthetic_record


def leave_records(cfg) -> None:
    """Record every target as if it had been explored with this configuration."""
    problem = cfg.problems.inpainting
    for target in targets.targets(cfg, "inpainting"):
        record = synthetic_record("inpainting")
        record.meta |= Origin.of(recorded.configuration(cfg, problem, target)).meta
        record.save(recorded.folder(cfg, problem, target))


@pytest.fixture(scope="module")
def cfg(tmp_path_factory):
    """One problem, the photograph and two samples, all recorded."""
    results = tmp_path_factory.mktemp("results")
    one = ["profile=smoke", "~problem@problems.super_resolution", f"results={results}"]
    cfg = composed("config", *one)
    leave_records(cfg)
    return cfg


def test_records_are_read_back_the_photograph_first(cfg):
    found = recorded.load(cfg)
    assert list(found) == ["inpainting"]
    assert list(found["inpainting"]) == ["photograph", "sample-000", "sample-001"]


@pytest.mark.parametrize(
    "same", ["device=cuda", "tracking.mode=disabled", "samples.shown=1", "claims.resamples=9"]
)
def test_settings_that_decide_nothing_leave_records_current(cfg, same):
    assert recorded.load(changed(cfg, same))


@pytest.mark.parametrize(
    "other",
    [
        "seed=1",
        "count=6",
        "explorer.k=21",
        "walks.strip=[1]",
        "baseline.steps=21",
        "inversion.steps=31",
        "geometry.memory_gb=1",
        "perceptual.net=vgg",
        "generator.weights=mine",
        "problems.inpainting.noise=0.1",
        "target.crop=[0,0,1,1]",
        "samples.first_seed=5",
        "samples.count=3",
    ],
)
def test_records_of_other_settings_are_missing_and_it_is_said_what_to_do(cfg, other):
    with pytest.raises(InputError, match=r"no record of this .*`eglass reproduce profile=smoke`"):
        recorded.load(changed(cfg, other))


def test_figures_are_not_drawn_of_weights_that_have_changed_under_their_path(cfg, tmp_path):
    weights = tmp_path / "w.pth"
    weights.write_text("one")
    here = changed(cfg, f"results={tmp_path}", f"generator.weights={weights}")
    leave_records(here)
    weights.write_text("two")
    with pytest.raises(InputError, match="no record of this"):
        recorded.load(here)
    weights.unlink()
    assert recorded.load(here)
