"""Every problem that is shipped runs to its end, and they are all drawn on one page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from eglass.configuration.build import build
from eglass.geometry import ExactGeometry
from eglass.records import names
from eglass.reporting.figures import edge_figure, gallery_figure, save
from eglass.workflows import all_targets, targets
from eglass.workflows.networks import Networks
from tests.experiments.running import CONF, composed

#: Tomography is of what generators of grey images make: tests/problems/test_tomography.py.
PROBLEMS = sorted(
    path.stem
    for path in (CONF / "problem").glob("*.yaml")
    if not path.stem.startswith("tomography")
)
TINY = [
    "inversion.scouts=0",
    "inversion.starts=1",
    "inversion.steps=3",
    "inversion.adaptation_steps=0",
    "explorer.K=[8]",
    "explorer.bisections=1",
    "count=2",
    # The edge may be at G(z0) itself; these lead somewhere.
    "walks.steps=[3]",
]


@pytest.fixture(scope="module")
def cfg(tmp_path_factory):
    return composed("gallery", f"results={tmp_path_factory.mktemp('gallery')}", *TINY)


@pytest.fixture(scope="module")
def records(cfg, generator, perceptual):
    nets = Networks(
        generator, perceptual, build(cfg.inversion), ExactGeometry(), torch.device("cpu")
    )
    found = all_targets.run(cfg, dict.fromkeys(cfg.problems, nets), targets.the_photograph)
    return {name: record for name, by_target in found.items() for record in by_target.values()}


def test_the_gallery_shows_every_problem_of_photographs(cfg):
    assert sorted(cfg.problems) == PROBLEMS


@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_problem_runs_to_solutions_and_a_grid(records, problem, tmp_path: Path):
    record = records[problem]
    table = record.tables["solutions"]
    assert (table["method"] == names.ALGORITHM1.key).sum() == 2
    assert np.isfinite(table["l2"]).all()
    # Along d, which the top of U does not measure.
    walked = table["method"] == names.ALGORITHM1_STEPS.key
    d = (record.arrays["solution_latents"][walked] - record.arrays["z0"]) / 3
    np.testing.assert_allclose(np.linalg.norm(d, axis=1), 1, rtol=1e-4)
    assert np.abs(d @ record.arrays["U"][:, :20]).max() <= 0.05 + 1e-4
    assert save(edge_figure(record), tmp_path / "grid").stat().st_size > 5000


def test_they_are_all_on_one_page(records, tmp_path: Path):
    page = gallery_figure(records)
    words = "".join("".join(text.get_text().split()) for text in page.texts)
    for record in records.values():
        assert record.meta["problem"]["title"].replace(" ", "") in words
    assert words.count("1,230entries") == 1
    # The target once; of each problem y, G(z0) and both solutions.
    assert len(page.axes[0].images) == 1 + 4 * len(records)
    assert save(page, tmp_path / "gallery").stat().st_size > 50_000
