"""How different, and how realistic."""

from __future__ import annotations

from itertools import combinations

import pytest
import torch

from eglass.evaluation.diversity import Realism, distinct_modes, farthest, mean_pairwise, pairwise
from eglass.errors import InputError
from eglass.perceptual import LPIPS


def test_pairwise_distances_of_features_are_lpips(generator, perceptual, rng):
    images = generator(generator.sample(3, rng))
    found = pairwise(perceptual.features(images))
    for i in range(3):
        torch.testing.assert_close(found[i], perceptual(images, images[i : i + 1]))


def test_the_mean_is_over_different_pairs():
    distances = torch.tensor([[0.0, 1, 2], [1, 0, 6], [2, 6, 0]])
    assert mean_pairwise(distances) == 3


def test_modes_are_farther_apart_than_they_must_be():
    points = torch.tensor([0.0, 0.1, 1.0, 1.05, 3.0])[:, None]
    assert distinct_modes(pairwise(points), apart=0.5) == 3
    assert distinct_modes(torch.zeros(4, 4)) == 1


def test_a_far_apart_subset_is_at_least_half_as_good_as_the_best(rng):
    for _ in range(20):
        points = torch.randn(9, 2, generator=rng)
        distances = pairwise(points).sqrt()

        def smallest(chosen, distances=distances):
            return min(float(distances[i, j]) for i, j in combinations(chosen, 2))

        found = farthest(points, 4)
        assert len(set(found)) == 4
        best = max(smallest(chosen) for chosen in combinations(range(9), 4))
        assert smallest(found) >= best / 2


@pytest.mark.parametrize("count", [0, 4])
def test_a_subset_that_there_is_not_is_refused(count):
    with pytest.raises(InputError, match=f"subset of {count}"):
        farthest(torch.zeros(3, 2), count)


def test_a_fresh_sample_is_as_real_as_fresh_samples_and_noise_is_not(generator, rng):
    realism = Realism.of(generator, LPIPS("alex"), count=60, k=3, rng=rng)
    images = generator(generator.sample(60, rng))
    fresh, features = realism(images)
    noise, _ = realism(torch.rand(5, 3, 64, 64, generator=rng) * 2 - 1)
    assert float(fresh.mean()) == pytest.approx(1, abs=0.2)
    assert noise.min() > 1.5
    torch.testing.assert_close(features, LPIPS("alex").features(images))


def test_too_few_fresh_samples_are_refused(generator, perceptual, rng):
    with pytest.raises(InputError, match="k is 3 of 3 fresh samples"):
        Realism.of(generator, perceptual, count=3, k=3, rng=rng)
