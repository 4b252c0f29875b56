"""How like what the generator usually makes solutions are."""

from __future__ import annotations

import pytest
import torch

from eglass.errors import InputError
from eglass.evaluation.realism import Realism


def test_a_fresh_sample_is_as_real_as_fresh_samples_and_noise_is_not(generator, perceptual, rng):
    realism = Realism.of(generator, perceptual, count=60, k=3, rng=rng)
    images = generator(generator.sample(60, rng))
    fresh, features = realism(images)
    noise, _ = realism(torch.rand(5, 3, 64, 64, generator=rng) * 2 - 1)
    assert float(fresh.mean()) == pytest.approx(1, abs=0.2)
    assert noise.min() > 1.5
    torch.testing.assert_close(features, perceptual.features(images))


def test_too_few_fresh_samples_are_refused(generator, perceptual, rng):
    with pytest.raises(InputError, match="k is 3 of 3 fresh samples"):
        Realism.of(generator, perceptual, count=3, k=3, rng=rng)
