"""What is recorded of an exploration, without any configuration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from eglass.errors import InputError
from eglass.exploration import (
    Algorithm1,
    Eigenvectors,
    Pulse,
    Repulsion,
    agreement,
)
from eglass.images import to_pixels
from eglass.inversion import ImageAdaptiveInversion
from eglass.pipeline import explore, find_start, strip_along, walk_as_the_paper
from eglass.problems import LinearFunction, Problem
from eglass.recording import exploration_record
from eglass.records import Record
from tests.cases import seeded

ABOUT = {
    "problem": {"name": "sr", "title": "Super-resolution"},
    "target": {"name": "drawn", "kind": "image", "enlargement": 2.0},
    "seeds": {"inversion": 3},
}


@pytest.fixture(scope="module")
def record(started, sets, target) -> Record:
    walks = walk_as_the_paper(started, Algorithm1(), K=[8], steps=[-2, 2], count=2)
    return exploration_record(
        started,
        sets,
        shown=Algorithm1(bisections=4),
        about=ABOUT,
        target=target,
        strip=strip_along(started, walks.along, [-1, 0.5, 1]),
        correlation=walks.correlations,
    )


def test_a_record_holds_every_array_that_a_figure_needs(record, started, sets, target):
    arrays = record.arrays
    assert set(arrays) == {
        *("target", "measurement", "initial", "solution_images", "solution_latents"),
        *("mean", "spread", "prior_spread", "strip_images"),
        *("z0", "H_Y", "H_X", "Lambda", "U", "Omega", "V", "C"),
    }
    images = torch.cat([found.images for found in sets])
    np.testing.assert_array_equal(arrays["solution_images"], to_pixels(images))
    latents = torch.cat([found.latents for found in sets]).numpy()
    np.testing.assert_array_equal(arrays["solution_latents"], latents)
    np.testing.assert_array_equal(arrays["target"], to_pixels(target)[0])
    np.testing.assert_array_equal(arrays["initial"], to_pixels(started.image)[0])
    assert arrays["measurement"].shape == (8, 8, 3)
    for name in ("z0", "H_Y", "H_X", "Lambda", "U", "Omega", "V", "C"):
        np.testing.assert_array_equal(arrays[name], getattr(started.geometry, name).numpy())


def test_the_strip_shows_the_first_d(record, started):
    (d,) = Algorithm1().directions(started.geometry, [8]).values()
    with torch.no_grad():
        images = started.generator(started.z0 + torch.tensor([[-1.0], [0.5], [1.0]]) * d)
    difference = record.arrays["strip_images"].astype(int) - to_pixels(images)
    assert abs(difference).max() <= 1
    assert record.meta["strip"] == {"kind": "d", "number": 8}
    assert record.tables["strip"]["direction"].tolist() == ["v8"] * 3 + ["d8"] * 3


def test_its_tables_have_a_row_for_each_solution_and_each_step(record, started, sets):
    assert set(record.tables) == {"solutions", "history", "correlation", "strip"}
    solutions = record.tables["solutions"]
    assert solutions["method"].tolist() == [found.method.key for found in sets for _ in range(4)]
    assert solutions["l2"].tolist() == torch.cat([found.l2 for found in sets]).tolist()
    assert set(solutions["problem"]) == {"sr"}
    assert set(solutions["target"]) == {"drawn"}
    history = record.tables["history"]
    assert list(history.columns) == ["stage", "step", "start", "l2", "seconds"]
    assert history["stage"].value_counts().to_dict() == {
        "latent": 120,
        "adaptation": 12,
        "pulse": 12,
    }
    assert history["l2"].notna().all()


def test_mean_and_spread_are_those_of_the_feasible_that_are_shown(started, sets):
    ours = replace(sets[0], feasible=torch.tensor([True, False, True, True]))
    record = exploration_record(started, [sets[1], ours], shown=Algorithm1(), about=ABOUT)
    both = agreement(ours.images[[0, 2, 3]])
    np.testing.assert_array_equal(record.arrays["mean"], to_pixels(both.mean[None])[0])
    np.testing.assert_array_equal(record.arrays["spread"], both.spread.numpy())


def test_a_record_says_what_was_run_and_with_what(record, started, sets, generator):
    meta = record.meta
    assert meta["problem"] == {
        "name": "sr",
        "title": "Super-resolution",
        "threshold": 1e-2,
        "noise": 0.0,
        "entries": 192,
        "picture": True,
    }
    assert meta["target"] == ABOUT["target"]
    assert meta["perceptual"] == {"key": "lpips", "title": "LPIPS"}
    assert meta["seeds"] == {"inversion": 3}
    assert meta["methods"] == {found.method.key: found.method.title for found in sets}
    assert meta["explorer"]["method"] == "algorithm1"
    assert meta["explorer"]["consistent"] is False
    assert meta["explorer"]["settings"]["bisections"] == 4
    assert meta["explorer"]["settings"]["K"] == [8, 9, 10, 11, 12]
    assert meta["inversion"] == {"l2": started.inverted.l2, "target": 1e-6, "reached": False}
    assert list(meta["timings"]) == ["inversion", "geometry", *meta["methods"]]
    assert meta["timings"]["pulse"] == sets[3].seconds
    assert meta["weights"]["generator"]["sha256"] == generator.provenance.sha256
    assert meta["weights"]["perceptual"]["trained"]
    assert meta["environment"]["versions"]["torch"]


def test_a_record_comes_back_from_disk_as_it_was(record, tmp_path):
    record.save(tmp_path / "record")
    again = Record.load(tmp_path / "record")
    assert {name: again.meta[name] for name in record.meta} == record.meta
    assert set(again.arrays) == set(record.arrays)
    for name, array in record.arrays.items():
        np.testing.assert_array_equal(again.arrays[name], array)
    pd.testing.assert_frame_equal(
        again.tables["solutions"], record.tables["solutions"], check_exact=False
    )


def test_what_is_not_known_is_not_in_a_record(started, sets):
    record = exploration_record(started, sets[:1], shown=Algorithm1(), about=ABOUT)
    assert {"target", "strip_images"}.isdisjoint(record.arrays)
    assert set(record.tables) == {"solutions", "history"}
    assert record.meta["strip"] is None


def test_an_explorer_made_of_others_is_recorded_with_their_settings(started, tmp_path):
    explorer = Repulsion(begin=Eigenvectors(K=[3], bisections=2), steps=1)
    found = explore(started, explorer, count=2, rng=seeded())
    record = exploration_record(started, [found], shown=explorer, about=ABOUT)
    assert record.meta["explorer"]["settings"]["begin"]["K"] == [3]
    record.save(tmp_path / "record")


def test_what_is_shown_must_be_there(started, sets):
    with pytest.raises(InputError, match=r"PULSE is to be shown: .* among Algorithm 1, v\^K"):
        exploration_record(started, sets[:2], shown=Pulse(), about=ABOUT)


def test_a_noisy_measurement_that_is_no_picture_is_recorded_too(generator, perceptual, target):
    rows = LinearFunction(lambda x: x.flatten(1)[:, ::40], generator.image_size)
    problem = Problem.simulate(rows, target, noise=0.1, rng=seeded())
    brief = ImageAdaptiveInversion(scouts=0, starts=1, steps=2, adaptation_steps=0)
    start = find_start(problem, generator, perceptual, inversion=brief, rng=seeded())
    found = explore(start, Pulse(steps=2), count=2, rng=seeded())
    record = exploration_record(start, [found], shown=Pulse(), about=ABOUT)
    assert record.meta["problem"]["noise"] == 0.1
    assert record.meta["problem"]["threshold"] == pytest.approx(0.02)
    assert not record.meta["problem"]["picture"]
    assert record.arrays["measurement"].shape == (64, 64, 3)
