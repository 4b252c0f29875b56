"""From a measurement to a record that figures are drawn from, with no configuration and no disk."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from eglass import (
    Algorithm1,
    Direction,
    ImageAdaptiveInversion,
    Method,
    Pulse,
    exploration_record,
    explore,
    find_start,
    to_pixels,
)
from eglass.evaluation.summary import summarise
from eglass.exploration import Explorer
from eglass.pipeline import strip_along, walk_as_the_paper
from eglass.reporting.exploration_figures import consensus_figure, set_figure, strip_figure
from eglass.reporting.figures import edge_figure, solutions_figure
from eglass.reporting.geometry_figures import correlation_figure

ABOUT = {
    "problem": {"name": "mine", "title": "Mine"},
    "target": {"name": "a face", "kind": "image", "enlargement": 1.0},
}
SHORT = ImageAdaptiveInversion(scouts=0, starts=1, steps=5, adaptation_steps=2)


@pytest.fixture(scope="module")
def start(generator, perceptual, super_resolution):
    rng = torch.Generator().manual_seed(0)
    return find_start(super_resolution, generator, perceptual, inversion=SHORT, rng=rng)


def test_everything_that_the_paper_draws_can_be_drawn_of_it(start, rng, target):
    explorer = Algorithm1(K=[8, 9], bisections=2)
    walks = walk_as_the_paper(start, explorer, K=[8, 12], steps=[-3, 3], count=4)
    pulse = explore(start, Pulse(steps=2), count=2, rng=rng)
    found = [pulse, *walks.sets, explore(start, explorer, count=4, rng=rng)]
    record = exploration_record(
        start,
        found,
        shown=explorer,
        about=ABOUT,
        target=target,
        strip=strip_along(start, walks.along, [-1, 1, 2]),
        correlation=walks.correlations,
    )
    np.testing.assert_array_equal(record.arrays["target"], to_pixels(target)[0])
    assert record.meta["strip"]["kind"] == "d"
    assert len(record.arrays["strip_images"]) == 3
    methods = ["pulse", "eigenvectors_steps", "algorithm1_steps", "eigenvectors", "algorithm1"]
    assert list(record.meta["methods"]) == methods
    # At the same steps, along the same directions.
    v, d = (record.tables["solutions"].query("method == @m") for m in methods[1:3])
    assert v[["number", "step"]].to_numpy().tolist() == d[["number", "step"]].to_numpy().tolist()
    assert (v["kind"].unique(), d["kind"].unique()) == ("v", "d")
    for draw in (solutions_figure, edge_figure, strip_figure, consensus_figure):
        assert draw(record)
    assert correlation_figure({"mine": record})
    assert summarise(record)["pulse/l2_max"] == float(pulse.l2.max())


class Mine(Explorer):
    """Anybody's explorer, with no settings and nothing of ours but the promise."""

    method = Method("mine", "my own")

    def __call__(self, start, *, count, rng, progress=None):
        along = [Direction("draw", i + 1) for i in range(count)]
        latents = start.z0 + 0.1 * start.generator.sample(count, rng)
        return start.measure(latents, method=self.method, directions=along, steps=[0.1] * count)


def test_anybody_s_explorer_makes_a_record_as_ours_do(start, rng):
    record = exploration_record(
        start, [explore(start, Mine(), count=3, rng=rng)], shown=Mine(), about=ABOUT
    )
    assert record.meta["explorer"] == {
        "method": "mine",
        "settings": {},
        "consistent": False,
        "note": "",
    }
    assert record.meta["strip"] is None
    # What was measured is not known: it is left out.
    assert "target" not in record.arrays
    for figure in (set_figure(record), consensus_figure(record)):
        words = [text.get_text() for text in figure.texts]
        assert "measurement" in words
        assert "target" not in words
