"""How different solutions are from one another."""

from __future__ import annotations

import math

import torch

from eglass.evaluation.diversity import distinct_modes, mean_pairwise


def test_the_mean_is_over_different_pairs():
    distances = torch.tensor([[0.0, 1, 2], [1, 0, 6], [2, 6, 0]])
    assert mean_pairwise(distances) == 3
    assert math.isnan(mean_pairwise(torch.zeros(1, 1)))


def test_modes_are_farther_apart_than_they_must_be():
    points = torch.tensor([0.0, 0.1, 1.0, 1.05, 3.0])[:, None]
    assert distinct_modes(torch.cdist(points, points).square(), apart=0.5) == 3
    assert distinct_modes(torch.zeros(4, 4)) == 1
