"""Solutions show themselves, and are saved as pictures and a table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

import eglass
from eglass.exploration import walk


@pytest.fixture
def solutions(start):
    along = {eglass.Direction("v", 8): start.geometry.eigenvector(8)}
    found = walk(start, along, [0.5, 1.0, 60.0], method=eglass.Method("m", "<b>"))
    assert found.feasible.tolist() == [True, True, False]
    return found


def test_a_folder_has_each_image_pixel_by_pixel_a_sheet_and_the_table(solutions, tmp_path):
    sheet = solutions.save(str(tmp_path / "faces"))
    assert sheet == tmp_path / "faces" / "solutions.png"
    for n, expected in enumerate(eglass.to_pixels(solutions.images), 1):
        found = np.asarray(Image.open(tmp_path / "faces" / f"{n:02}.png"))
        np.testing.assert_array_equal(found, expected)
    assert len(pd.read_csv(tmp_path / "faces" / "solutions.csv")) == 3
    # Three frames, two of them green.
    whole = np.asarray(Image.open(sheet))
    assert whole[5, 10::140].tolist() == [[34, 128, 74], [34, 128, 74], [180, 83, 75]]


def test_a_notebook_shows_a_card_for_each_and_loads_nothing(solutions):
    html = solutions._repr_html_()
    assert html.count("<img") == html.count('src="data:image/png;base64,') == 3
    assert html.count("✓") == 2
    assert "http" not in html
    assert "&lt;b&gt;: 2 of 3 are feasible" in html
    near = replace(solutions, distance=torch.tensor([2.6e-4, 0.1, 0.2]))
    assert "lpips 3e-4<br>" in near._repr_html_()


def test_many_channels_are_shown_as_the_generator_says(solutions, tmp_path):
    grey = torch.linspace(-1, 1, 4)[None, :, None, None].expand(3, 4, 64, 64)
    replace(solutions, images=grey, shown=(3, 0, 0)).save(tmp_path)
    assert np.asarray(Image.open(tmp_path / "01.png"))[0, 0].tolist() == [255, 0, 0]
