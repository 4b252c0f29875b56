"""Every problem that is shipped runs to its end, and they are all drawn on one page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from eglass.evaluation.claims import EDGE
from eglass.reporting.figures import edge_figure, gallery_figure, save
from experiments import campaign, gallery
from experiments.building import Networks, build, simulate
from tests.experiments.test_configuration import CONF, composed

PROBLEMS = sorted(path.stem for path in (CONF / "problem").glob("*.yaml"))
TINY = [
    "inversion.scouts=0",
    "inversion.starts=1",
    "inversion.steps=3",
    "inversion.adaptation_steps=0",
    "exploration.K=[8]",
    "exploration.steps=[3]",
    "exploration.strip=[1]",
    "exploration.bisections=1",
]


@pytest.fixture(scope="module")
def nets(generator, perceptual, cfg) -> Networks:
    return Networks(generator, perceptual, torch.device("cpu"), build(cfg.inversion))


@pytest.fixture(scope="module")
def cfg(tmp_path_factory):
    return composed("gallery", f"results={tmp_path_factory.mktemp('gallery')}", *TINY)


@pytest.fixture(scope="module")
def records(cfg, nets):
    found = campaign.run(cfg, dict.fromkeys(cfg.problems, nets), gallery.targets)
    return {name: record for name, by_target in found.items() for record in by_target.values()}


def test_the_gallery_shows_every_problem_that_is_shipped(cfg):
    assert sorted(cfg.problems) == PROBLEMS


@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_problem_runs_to_solutions_and_a_grid(records, problem, tmp_path: Path):
    record = records[problem]
    table = record.tables["solutions"]
    assert (table["method"] == EDGE).sum() == 2
    assert np.isfinite(table["l2"]).all()
    K = record.meta["config"]["exploration"]["K"][0]
    d = record.tables["correlation"].query(f"direction == 'd{K}' and basis == 'U' and j <= 20")
    assert d["correlation"].max() <= 0.05 + 1e-4
    assert save(edge_figure(record), tmp_path / "grid").stat().st_size > 5000


@pytest.mark.parametrize("problem", PROBLEMS)
def test_an_operator_is_the_same_each_time(cfg, problem, target):
    one, two = (simulate(cfg.problems[problem], target, seed) for seed in (0, 1))
    assert torch.equal(torch.as_tensor(one.measurement), torch.as_tensor(two.measurement))


@pytest.mark.parametrize("problem", PROBLEMS)
def test_feasibility_follows_the_noise(cfg, problem, target):
    noisy = dict(cfg.problems[problem]) | {"noise": 0.3}
    made = simulate(noisy, target, seed=0)
    assert made.threshold == pytest.approx(cfg.problems[problem].threshold + 0.09)
    # Of 48 numbers, the mean square is within a half of its expectation.
    assert made.l2(target).item() == pytest.approx(0.09, rel=0.5)


def test_they_are_all_on_one_page(records, tmp_path: Path):
    page = gallery_figure(records)
    words = "".join("".join(text.get_text().split()) for text in page.texts)
    for record in records.values():
        assert record.meta["config"]["problem"]["title"].replace(" ", "") in words
    assert words.count("1,230entries") == 1
    # The target once; of each problem y, G(z0) and both solutions.
    assert len(page.axes[0].images) == 1 + 4 * len(records)
    assert save(page, tmp_path / "gallery").stat().st_size > 50_000


def test_the_documentation_of_a_record_names_all_that_is_in_it(records):
    text = (CONF.parent / "docs" / "record.md").read_text()
    for record in records.values():
        columns = [column for table in record.tables.values() for column in table.columns]
        for name in [*record.meta, *record.arrays, *columns]:
            assert f"`{name}`" in text, name
        for name in record.tables:
            assert f"`{name}.csv`" in text
