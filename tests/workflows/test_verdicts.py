"""A verdict as configured: what own samples score is computed once, and read back the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from eglass.evaluation.verdict import RangeTest
from eglass.workflows.networks import networks
from eglass.workflows.photographs import measure
from eglass.workflows.verdicts import judged
from tests.experiments.running import composed

TINY = [f"verdict.{name}" for name in ("bank=20", "held_out=10", "searched=2", "steps=2")]


@pytest.fixture(scope="module")
def nets():
    cfg = composed("explore", *TINY, "device=cpu")
    return networks(cfg, [cfg.problem.name])[cfg.problem.name]


def test_what_own_samples_score_is_kept_and_gives_the_same_verdict(
    nets, tmp_path: Path, monkeypatch
):
    cfg = composed("explore", *TINY, "device=cpu", f"results={tmp_path}")
    found = measure(cfg.problem, {"seed": 3}, nets.generator, 0)
    first = judged(cfg, cfg.problem, nets, found)
    monkeypatch.setattr(RangeTest, "reference", lambda *_: 1 / 0)
    assert judged(cfg, cfg.problem, nets, found) == first
    # Of another operator it is another.
    cfg.problem.physics.box = [0.0, 0.0, 0.5, 0.5]
    with pytest.raises(ZeroDivisionError):
        judged(cfg, cfg.problem, nets, found)


def test_a_real_measurement_is_judged_without_a_target(nets, tmp_path):
    cfg = composed("explore", *TINY, "device=cpu", f"results={tmp_path}")
    found = replace(measure(cfg.problem, {"seed": 3}, nets.generator, 0), image=None)
    assert "target" not in judged(cfg, cfg.problem, nets, found).scores


def test_where_it_is_not_asked_there_is_none(nets):
    cfg = composed("explore", "~verdict", "device=cpu")
    assert cfg.get("verdict") is None
    assert judged(cfg, cfg.problem, replace(nets, range_test=None), None) is None
