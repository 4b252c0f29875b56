"""Faces in a photograph, and where the generator's own lie in its images."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from PIL import Image
from skimage.feature import Cascade

from eglass.generators import EyeGAN
from eglass.workflows.faces import Face, Framing, faces


@pytest.fixture(scope="module")
def cascade():
    return Cascade(skimage.data.lbp_frontal_face_cascade_filename())


def pasted(where: list[tuple[int, int, int]]) -> np.ndarray:
    """Return a picture of grass with faces of people at (top, left, side)."""
    picture = np.repeat(skimage.data.grass()[:256, :256, None], 3, axis=2)
    for i, (top, left, side) in enumerate(where):
        grey = (skimage.data.lfw_subset()[7 * i] * 255).astype(np.uint8)
        face = np.array(Image.fromarray(grey).resize((side, side), Image.Resampling.LANCZOS))
        picture[top : top + side, left : left + side] = face[..., None]
    return picture


def test_faces_are_found_where_they_are_the_largest_first(cascade):
    found = faces(pasted([(20, 10, 60), (110, 120, 110)]), cascade)
    assert len(found) == 2
    for face, (middle, side) in zip(found, [((165, 175), 110), ((50, 40), 60)]):
        assert (face.y, face.x) == pytest.approx(middle, abs=side / 6)
        assert face.side == pytest.approx(side, rel=0.25)


@pytest.mark.parametrize("side", [180, 300, 700])
def test_a_face_is_found_at_any_size_of_the_photograph(cascade, side):
    photograph = Image.fromarray(skimage.data.astronaut()).resize((side, side))
    (face,) = faces(np.array(photograph), cascade)
    assert np.array([face.y, face.x]) / side == pytest.approx([0.22, 0.43], abs=0.03)
    assert face.side / side == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize("name", ["chelsea", "coffee", "rocket", "retina"])
def test_none_is_found_where_there_is_none(cascade, name):
    assert faces(getattr(skimage.data, name)(), cascade) == []


def test_a_generator_of_faces_is_known_by_them(cascade, generator):
    framing = Framing.of(generator, cascade)
    assert framing.x == pytest.approx(0.5, abs=0.05)
    assert 0.5 < framing.y < 0.65
    assert 0.7 < framing.side < 1
    assert Framing.of(EyeGAN.pretrained(), cascade) is None


def test_a_frame_puts_the_face_where_the_generator_has_it_and_stays_in_the_photograph():
    framing = Framing(y=0.6, x=0.5, side=0.5)
    crop = framing.around(Face(100, 150, 50), (200, 400), aspect=1.0)
    assert crop == pytest.approx((40 / 200, 100 / 400, 140 / 200, 200 / 400))
    at_the_corner = framing.around(Face(10, 10, 50), (200, 400), aspect=1.0)
    assert at_the_corner == pytest.approx((0, 0, 100 / 200, 100 / 400))
    assert framing.around(Face(100, 200, 190), (200, 400), aspect=1.0) == pytest.approx(
        (0, 100 / 400, 1, 300 / 400)
    )
