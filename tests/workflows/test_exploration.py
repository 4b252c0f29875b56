"""One exploration as configured: what is asked, what is kept, and what is not done twice."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from eglass.configuration.build import build
from eglass.errors import InputError
from eglass.geometry import ExactGeometry
from eglass.inversion.minimisation import Minimisation
from eglass.records import Record
from eglass.workflows.exploration import Task
from eglass.workflows.networks import Networks
from eglass.workflows.targets import samples
from tests.experiments.running import changed, composed

TINY = [
    "profile=smoke",
    "inversion.scouts=0",
    "inversion.starts=1",
    "inversion.steps=3",
    "inversion.adaptation_steps=0",
    "baseline.steps=2",
    "count=2",
]


@pytest.fixture(scope="module")
def cfg():
    return composed("config", *TINY)


@pytest.fixture
def task(cfg, generator, perceptual, tmp_path: Path):
    """Return the exploration of a sample with some settings."""

    def task(*settings: str) -> Task:
        here = changed(cfg, f"results={tmp_path}", *settings)
        nets = Networks(
            generator, perceptual, build(here.inversion), ExactGeometry(), torch.device("cpu")
        )
        return Task(here, here.problems.inpainting, samples(here)[0], nets)

    return task


def methods(record: Record) -> list[str]:
    return list(record.meta["methods"])


def test_the_paper_s_walks_and_pulse_are_beside_algorithm_1(task):
    record = task().explore()
    paper = ["pulse", "eigenvectors_steps", "algorithm1_steps", "eigenvectors", "algorithm1"]
    assert methods(record) == paper
    assert {"solutions", "history", "correlation", "strip"} == set(record.tables)
    # Along each K that a problem shows, at the figures' steps; the rest, as many as are asked for.
    counts = record.tables["solutions"]["method"].value_counts()
    assert counts[paper].tolist() == [2, 2 * 4, 2 * 4, 2, 2]
    assert set(record.tables["correlation"]["number"]) == {8, 26}
    assert {"pulse", "latent"} == set(record.tables["history"]["stage"])


def test_without_walks_and_baseline_there_are_the_explorer_s_solutions_alone(task):
    record = task("walks.steps=null", "walks.strip=null", "baseline=null").explore()
    assert methods(record) == ["algorithm1"]
    assert set(record.tables) == {"solutions", "history"}
    assert record.meta["strip"] is None


def test_a_strip_alone_goes_along_the_first_d_of_the_explorer(task):
    record = task("walks.steps=null", "walks.strip=[-1,2]", "explorer.K=[9]").explore()
    assert record.meta["strip"] == {"kind": "d", "number": 9}
    assert record.tables["strip"]["step"].tolist() == [-1, 2]
    assert len(record.arrays["strip_images"]) == 2


def test_of_another_explorer_nothing_of_algorithm_1_is_walked(task):
    node = composed("explore", "explorer=random_directions").explorer
    asked = task()
    asked.cfg.explorer = node
    record = asked.explore()
    assert methods(record) == ["pulse", "random_directions"]
    assert record.meta["explorer"]["method"] == "random_directions"
    assert record.meta["explorer"]["settings"]["last_K"] == 40
    assert "correlation" not in record.tables


def test_what_is_recorded_is_read_back_and_other_settings_are_computed_anew(task, monkeypatch):
    few = ("walks.steps=null", "walks.strip=null", "baseline=null")
    task(*few).explore()
    monkeypatch.setattr(Minimisation, "minimise", lambda *_, **__: 1 / 0)
    assert task(*few).explore().meta["methods"]
    with pytest.raises(ZeroDivisionError):
        task(*few, "seed=1").explore()


def test_other_weights_are_computed_anew_whatever_the_settings_say(task):
    few = ("walks.steps=null", "walks.strip=null", "baseline=null")
    before = task(*few).explore()
    other = task(*few)
    generator = copy(other.networks.generator)
    generator.provenance = replace(generator.provenance, sha256="ab" * 32)
    other = replace(other, networks=replace(other.networks, generator=generator))
    after = other.explore()
    assert before.meta["inputs"] != after.meta["inputs"]
    assert after.meta["weights"]["generator"]["sha256"] == "ab" * 32
    # And back again: nothing is kept of what other weights made.
    assert task(*few).explore().meta["inputs"] == before.meta["inputs"]


def test_checkpoints_are_kept_until_the_record_is_there(task, tmp_path):
    asked = task("walks.steps=null", "walks.strip=null", "baseline=null")
    search, seen = asked.networks.inversion, []

    def invert(*given, workdir, **options):
        workdir.mkdir(parents=True)
        (workdir / "half.ckpt").touch()
        seen.extend(tmp_path.rglob("unfinished/*/half.ckpt"))
        return search(*given, **options)

    replace(asked, networks=replace(asked.networks, inversion=invert)).explore()
    assert len(seen) == 1
    assert not list(tmp_path.rglob("unfinished/*"))


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("explorer.K=[101]", "explorer.K is 101: expected 1 to 100"),
        ("explorer.k=100", "explorer.k is 100: expected 0 to 99"),
        ("problems.inpainting.shown_K=[500]", "problem.shown_K is 500: expected 1 to 100"),
    ],
)
def test_what_the_latent_does_not_allow_is_refused_before_any_computation(task, setting, complaint):
    with pytest.raises(InputError, match=complaint):
        task(setting).check()
