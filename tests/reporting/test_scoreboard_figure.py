"""The scoreboard and the calibration, drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eglass.evaluation.comparison import DRAWS, SCORES, aggregate, scores_in_markdown
from eglass.evaluation.ranks import Simulated
from eglass.reporting.calibration_figures import calibration_figure
from eglass.reporting.scoreboard_figure import SHOWN, scoreboard_figure

METHODS = {"far": 3, DRAWS: 0, "near": 1}


def scored() -> pd.DataFrame:
    rows = [
        {"problem": problem, "threshold": 3e-3, "count": 10, "method": method, "target": target}
        | {measure: float(value + target) for measure in SCORES}
        for problem in ("super_resolution", "inpainting")
        for method, value in METHODS.items()
        for target in range(3)
    ]
    return aggregate(pd.DataFrame(rows), SCORES, resamples=100, confidence=0.95, seed=0)


def test_each_problem_has_a_row_of_panels_and_the_nearest_to_the_draws_is_at_the_top():
    figure = scoreboard_figure(scored())
    assert len(figure.axes) == 2 * len(SHOWN)
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == ["far", "near", DRAWS]
    (points,) = figure.axes[0].collections[1:]
    np.testing.assert_allclose(points.get_offsets()[:, 0], [4, 2, 1])


def test_its_table_names_what_is_measured():
    text = scores_in_markdown(scored(), "LPIPS")
    for words in ("told from draws", "mass found", "in the features of LPIPS", DRAWS):
        assert words in text


def test_ranks_are_drawn_within_their_band_and_shares_beside():
    rng = np.random.default_rng(0)
    ranks = pd.DataFrame(rng.integers(0, 10, (80, 2)), columns=["l2", "norm"])
    shares = pd.DataFrame({"claimed": rng.random(240), "happened": rng.integers(0, 2, 240)})
    found = Simulated(ranks, 9, shares)
    band = found.band(0.95, rng)
    figure = calibration_figure({"one": (found, band), "two": (found, band)})
    left, right = figure.axes[:2]
    lines = {line.get_label(): line for line in left.get_lines()}
    assert {"ℓ2", "norm"} < set(lines)
    for name, label in (("l2", "ℓ2"), ("norm", "norm")):
        off = lines[label].get_ydata()
        assert off[0] == off[-1] == 0
        expected = [(ranks[name] < rank).mean() - rank / 10 for rank in range(1, 10)]
        np.testing.assert_allclose(off[1:-1], expected)
    assert len(right.containers) == 1
