"""Explorers compared through the real command line, tiny."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import torch

from eglass.evaluation.diversity import Realism, mean_pairwise, pairwise
from eglass.exploration import SolutionExplorer
from eglass.inversion import Inversion
from experiments import compare
from experiments.building import Networks
from experiments.contest import Contest
from experiments.exploration import Stopwatch
from tests.cases import problem_for
from tests.experiments.test_configuration import composed
from tests.experiments.test_smoke import run

TINY = ["profile=smoke", "~problems.super_resolution", "samples.count=1", "compare.counts=[3]"]


def test_every_explorer_is_measured_once_and_its_pictures_are_drawn(tmp_path: Path):
    done = run("experiments.compare", *TINY, f"results={tmp_path}")
    assert done.returncode == 0, done.stderr[-2000:]
    table = pd.read_csv(tmp_path / "comparison_targets.csv")
    # Eight explorers, two thresholds, the photograph and a sample.
    assert len(table) == 8 * 2 * 2
    assert table["feasible"].between(0, 1).all()
    assert (table["seconds"] >= table["exploring_seconds"]).all()
    pulse = table[table["method"] == "PULSE"]
    # Ten steps from three starts, once more for the images, and G(z0).
    assert set(pulse["passes"]) == {3 * 11 + 1}
    traded = pd.read_csv(tmp_path / "tradeoff_targets.csv")
    assert traded["method"].tolist() == [1, 3] * 2 * 2
    # Three steps are the explorer's own, and are not run again.
    own = table[table["method"] == "repulsion"]
    assert traded["seconds"][1::2].tolist() == own["seconds"].tolist()
    for name in ("diversity", "tradeoff", "explorers_inpainting", "explorers_inpainting_sample"):
        assert (tmp_path / f"{name}.png").stat().st_size > 5000
    assert "repulsion" in (tmp_path / "comparison.md").read_text()

    # What is there is read back, and not computed again.
    assert len(compare.load(composed("config", *TINY, f"results={tmp_path}"))) == 2
    assert compare.load(composed("config", *TINY, "seed=1", f"results={tmp_path}")) == []


def test_who_knows_of_no_threshold_is_asked_once_and_judged_by_each(
    generator, perceptual, rng, monkeypatch
):
    asked = []

    class Draws(SolutionExplorer):
        name, from_scratch = "draws", True

        def __call__(self, walker, geometry, *, count, rng):
            asked.append(walker.problem.threshold)
            z = walker.generator.sample(count, rng)
            nothing = [""] * count
            return walker.judge(z, method=self.name, directions=nothing, steps=[0.0] * count)

    z0, device = generator.sample(1, rng)[0], torch.device("cpu")
    found = Inversion(z0, generator, generator(z0[None]), 0.0, True, pd.DataFrame(), {})
    realism = Realism.of(generator, perceptual, count=9, k=3, rng=rng)
    nets = Networks(generator, perceptual, device, lambda *_: found)
    contest = Contest(nets, realism, found, None, 0.1, 1, Stopwatch(device), 0)
    problem, said = problem_for(generator, "inpainting"), []
    for threshold in (1e-9, 1e9):
        monkeypatch.setattr(problem, "threshold", threshold)
        solutions, about = contest.ask(Draws(), problem, 3, "draws")
        assert solutions.table["feasible"].mean() == about["feasible"]
        said.append(about)
    assert asked == [1e-9]
    distances, features = realism(solutions.images)
    assert said[0]["unrealism"] == float(distances.mean())
    assert said[0]["pairwise_other"] == mean_pairwise(pairwise(features))
    assert [about.pop("feasible") for about in said] == [0, 1]
    assert said[0] == said[1]
