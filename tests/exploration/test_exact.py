"""What is said of exact draws."""

import pandas as pd
import pytest
import torch

from eglass.exploration.exact import in_words
from eglass.posterior import Draws


@pytest.fixture
def draws(rng):
    latents, l2 = torch.randn(4, 50, 3, generator=rng), torch.rand(4, 50, generator=rng)

    def of(log10_p: float) -> Draws:
        return Draws(latents, l2, 2, {}, pd.DataFrame(), log10_p, 0.04)

    return of


@pytest.mark.parametrize(
    ("log10_p", "said"),
    [
        (-2.2, "of 158 images that the generator makes, one explains the measurement"),
        (-7.7, "of 10^7.7 images that the generator makes, one explains the measurement"),
        (-0.1, "79% of all images that the generator makes explain the measurement"),
        (0.0, "100% of all images that the generator makes explain the measurement"),
    ],
)
def test_how_rare_such_images_are_is_said_in_words(draws, log10_p, said):
    words = in_words(draws(log10_p))
    assert words.startswith(said)
    assert "known to ±0.04" in words
    assert "among 200 draws" in words
