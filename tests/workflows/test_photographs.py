"""Targets, loaded at the generator's size and measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

from eglass.errors import InputError
from eglass.workflows.photographs import framed, load_photograph, measure, simulate
from tests.experiments.running import CONF, composed

SHRUNK = {
    "physics": {"_target_": "eglass.problems.operators.Downsampling", "factor": 8},
    "noise": 0.0,
    "threshold": 1e-2,
}


@pytest.fixture(scope="module")
def problems():
    return composed("gallery").problems


def of_picture(crop: list[float]) -> dict:
    return {"name": "photograph", "path": None, "picture": "astronaut", "crop": crop}


def test_a_sample_is_the_generators_own_image_of_its_seed(pggan):
    found = measure(SHRUNK, {"name": "sample-000", "seed": 7}, pggan, seed=0)
    latent = pggan.sample(1, torch.Generator().manual_seed(7))
    assert torch.equal(found.image, pggan(latent).detach())
    assert found.enlargement == 1
    # y is of this image, and of no other.
    assert found.problem.l2(found.image).item() == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize(("crop", "times"), [([0, 0, 0.03125, 0.125], 2), ([0, 0, 1, 1], 1)])
def test_a_photograph_smaller_than_the_generator_is_said_to_be_enlarged(pggan, crop, times):
    # The astronaut has 512×512 pixels, the generator's images 32×32.
    found = measure(SHRUNK, of_picture(crop), pggan, seed=0)
    assert found.image.shape == (1, 3, 32, 32)
    assert found.enlargement == times


def test_a_photograph_s_own_crop_goes_before_the_picture_s(tmp_path: Path, pggan):
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:, 40:] = 255
    Image.fromarray(pixels).save(tmp_path / "half.png")
    target = {"path": str(tmp_path / "half.png"), "crop": [0, 0.5, 1, 1]}
    found = measure(SHRUNK, target, pggan, seed=0)
    assert (found.image == 1).all()
    assert found.frame.by == "given"
    whole = of_picture(None) | {"picture_crop": [0, 0, 0.5, 0.5]}
    assert framed(whole, load_photograph(whole, 3), pggan).crop == [0, 0, 0.5, 0.5]
    own = whole | {"crop": [0, 0, 1, 1]}
    assert framed(own, load_photograph(own, 3), pggan).crop == [0, 0, 1, 1]


def saved(pixels: np.ndarray, folder: Path) -> dict:
    Image.fromarray(pixels).save(folder / "photo.png")
    return {"path": str(folder / "photo.png"), "crop": None}


def test_a_face_is_found_and_framed_as_the_generator_frames_its_own(generator, tmp_path):
    # The astronaut's face is in rows 45 to 170 and columns 160 to 285, of 512.
    pixels = np.pad(skimage.data.astronaut(), ((100, 0), (300, 0), (0, 0)))
    frame = measure(SHRUNK, saved(pixels, tmp_path), generator, seed=0).frame
    assert (frame.by, frame.faces) == ("face", 1)
    expected = np.array([145, 460, 270, 585]) / np.array([612, 812, 612, 812])
    assert frame.crop == pytest.approx(expected, abs=0.03)


def test_without_a_face_or_a_generator_of_faces_the_centre_is_taken(pggan, generator, tmp_path):
    coffee = measure(SHRUNK, saved(skimage.data.coffee(), tmp_path), generator, seed=0).frame
    assert (coffee.by, coffee.faces) == ("centre", 0)
    assert coffee.crop == (0, 100 / 600, 1, 500 / 600)
    face = measure(SHRUNK, saved(skimage.data.astronaut(), tmp_path), pggan, seed=0).frame
    assert face.by == "centre"


@pytest.mark.parametrize(
    ("pixels", "complaint"),
    [
        (np.full((30, 30, 3), 128, np.uint8), "of one colour all over"),
        (np.arange(180000).reshape(20, 3000, 3).astype(np.uint8), "3000×20 pixels: expected at"),
    ],
    ids=["flat", "strip"],
)
def test_what_shows_nothing_is_refused_in_one_line(generator, tmp_path, pixels, complaint):
    with pytest.raises(InputError, match=complaint):
        measure(SHRUNK, saved(pixels, tmp_path), generator, seed=0)


def test_the_noise_is_the_seed_s(target):
    one, same, other = (
        simulate(SHRUNK | {"noise": 0.1}, target, seed).measurement for seed in (0, 0, 1)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


PROBLEMS = sorted(
    path.stem
    for path in (CONF / "problem").glob("*.yaml")
    if not path.stem.startswith("tomography")
)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_an_operator_is_the_same_each_time(problems, problem, target):
    one, two = (simulate(problems[problem], target, seed) for seed in (0, 1))
    assert torch.equal(torch.as_tensor(one.measurement), torch.as_tensor(two.measurement))


@pytest.mark.parametrize("problem", PROBLEMS)
def test_feasibility_follows_the_noise(problems, problem, target):
    made = simulate(dict(problems[problem]) | {"noise": 0.3}, target, seed=0)
    assert made.threshold == pytest.approx(problems[problem].threshold + 0.09)
    # Of 48 numbers, the mean square is within a half of its expectation.
    assert made.l2(target).item() == pytest.approx(0.09, rel=0.5)
