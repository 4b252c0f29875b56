"""How far apart solutions are, and a subset that is far apart."""

from __future__ import annotations

from itertools import combinations

import pytest
import torch

from eglass.errors import InputError
from eglass.perceptual.spread import farthest, pairwise


def test_pairwise_distances_of_features_are_lpips(generator, perceptual, rng):
    images = generator(generator.sample(3, rng))
    found = pairwise(perceptual.features(images))
    for i in range(3):
        torch.testing.assert_close(found[i], perceptual(images, images[i : i + 1]))


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
