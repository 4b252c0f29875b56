"""L-BFGS on one latent, in the coordinates of a metric."""

from __future__ import annotations

from datetime import timedelta

import pytest
import torch

from eglass.inversion import LatentSearch, QuasiNewtonSearch
from eglass.inversion.quasi_newton import DAMPING, Coordinates
from eglass.weights import checkpoints


def test_in_its_coordinates_a_metric_is_even(rng):
    half = torch.randn(8, 5, generator=rng)
    H = half @ half.T
    coordinates = Coordinates(H)
    damped = H + DAMPING * torch.linalg.matrix_norm(H, 2) * torch.eye(8)
    torch.testing.assert_close(coordinates.P @ damped @ coordinates.P, torch.eye(8))
    z = torch.randn(3, 8, generator=rng)
    torch.testing.assert_close(coordinates(coordinates.right_inverse(z)), z)


def test_a_search_in_a_metric_moves_coordinates_of_it(generator, mouth, rng):
    start, metric = generator.sample(1, rng), torch.diag(torch.arange(1.0, 101))
    search = QuasiNewtonSearch(generator, mouth, start, lr=1.0, metric=metric)
    torch.testing.assert_close(search.latents, start)
    (coordinates,) = search.parameters()
    torch.testing.assert_close(coordinates @ Coordinates(metric).P, start)
    assert not torch.allclose(coordinates, start)


def test_it_needs_fewer_evaluations_than_adam(generator, mouth, rng):
    start = generator.sample(1, rng)
    quasi = QuasiNewtonSearch(generator, mouth, start, lr=1.0)
    quasi.minimise(3, "quasi-Newton")
    adam = LatentSearch(generator, mouth, start, lr=0.1)
    adam.minimise(len(quasi.losses), "Adam")
    assert float(quasi.best_l2) < float(adam.best_l2)


@pytest.mark.parametrize("metric", [None, torch.diag(torch.arange(1.0, 101))])
def test_an_interrupted_search_goes_on_where_it_was(
    generator, mouth, tmp_path, monkeypatch, metric
):
    monkeypatch.setattr(checkpoints, "CHECKPOINT_EVERY", timedelta(seconds=0))
    start = generator.sample(1, torch.Generator().manual_seed(0))
    images, calls = QuasiNewtonSearch.images, []

    def search() -> QuasiNewtonSearch:
        return QuasiNewtonSearch(generator, mouth, start, lr=1.0, metric=metric)

    def power_cut(self):
        calls.append(1)
        if len(calls) == 30:
            raise RuntimeError("power cut")
        return images(self)

    whole = search()
    whole.minimise(4, "whole")
    monkeypatch.setattr(QuasiNewtonSearch, "images", power_cut)
    with pytest.raises(RuntimeError, match="power cut"):
        search().minimise(4, "search", tmp_path)
    resumed = search()
    resumed.minimise(4, "search", tmp_path)
    assert len(calls) - 30 < len(whole.losses) - 10
    torch.testing.assert_close(torch.stack(resumed.losses[:20]), torch.stack(whole.losses[:20]))
    assert float(resumed.best_l2) == pytest.approx(float(whole.best_l2), rel=0.2)
