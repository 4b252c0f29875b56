"""Every rival computes what we compute."""

from __future__ import annotations

import copy
from functools import partial

import pandas as pd
import pytest
import torch
from deepinv.physics import Downsampling

from eglass.generators import PGGAN
from eglass.geometry import pullback_metrics
from eglass.problems import Problem
from experiments.benchmarks import rivals
from experiments.benchmarks.geometry import Restricted, capped
from experiments.benchmarks.inversion import bare, lightning
from experiments.benchmarks.results import FLOOR, FUSED


def tiny(perceptual):
    """A tiny generator, a problem, the perceptual network, and a latent."""
    generator = PGGAN.pretrained(resolution=32, latent_dim=12, max_channels=8, weights="random")
    z0 = generator.sample(1, torch.Generator().manual_seed(1000))[0]
    with torch.no_grad():
        image = generator(z0[None])
    problem = Problem.simulate(Downsampling(generator.image_size, "bicubic", 8), image)
    return generator, problem, perceptual, z0


@pytest.fixture(scope="module")
def case(perceptual):
    return tiny(perceptual)


@pytest.fixture(scope="module")
def ours(case):
    return pullback_metrics(*case)


def close(found: torch.Tensor, expected: torch.Tensor) -> float:
    return ((found - expected).norm() / expected.norm()).item()


@pytest.mark.parametrize(
    "rival", [rivals.double_backward, partial(rivals.reverse_jacobian, chunk=500)]
)
def test_rivals_find_the_metrics_that_ours_finds(case, ours, rival):
    for found, expected in zip(rival(*case), ours):
        assert close(found, expected) < 1e-5


def test_finite_differences_find_them_in_double_precision(case, ours):
    generator, problem, perceptual, z0 = tiny(copy.deepcopy(case[2]))
    problem.physics.double()
    problem.measurement = problem.measurement.double()
    found = rivals.finite_differences(
        generator.double(), problem, perceptual.double(), z0.double(), step=1e-6, chunk=5
    )
    for H, expected in zip(found, ours):
        assert close(H.float(), expected) < 1e-4


def test_lanczos_finds_the_best_approximation_of_its_rank(case, ours):
    for found, H in zip(rivals.lanczos(*case, rank=4, tolerance=1e-6), ours):
        values, vectors = torch.linalg.eigh(H)
        top = vectors[:, -4:] * values[-4:] @ vectors[:, -4:].T
        assert close(found, top) < 1e-4


def test_a_reverse_jacobian_cut_short_leaves_the_measurements_metric_whole(case, ours):
    H_Y, H_X = rivals.reverse_jacobian(*case, chunk=100, rows=300)
    assert close(H_Y, ours[0]) < 1e-5
    assert H_X.trace() < 0.9 * ours[1].trace()


def test_a_generator_of_fewer_dimensions_has_the_first_of_the_metrics(case, ours):
    generator, problem, perceptual, z0 = case
    found = pullback_metrics(Restricted(generator, z0, 5), problem, perceptual, z0[:5])
    for H, expected in zip(found, ours):
        assert close(H, expected[:5, :5]) < 1e-5


def test_the_floor_passes_each_dimension_through_both_networks_once(case, monkeypatch):
    generator, _, perceptual, z0 = case
    seen = []
    features = type(perceptual).features
    monkeypatch.setattr(
        type(perceptual),
        "features",
        lambda self, images: seen.append(len(images)) or features(self, images),
    )
    rivals.forward_passes(generator, perceptual, z0, batch=5)
    assert seen == [5, 5, 2]


def test_the_bare_loop_does_what_the_latent_search_does(case):
    generator, problem, _, _ = case
    starts = generator.sample(3, torch.Generator().manual_seed(0))
    found = [
        search(generator, problem, starts, steps=4, lr=0.1, weight=1e-3)
        for search in (lightning, bare)
    ]
    torch.testing.assert_close(*found)
    assert (found[0] < problem.l2(generator(starts))).any()


def test_no_floor_is_above_the_least_that_was_seen():
    runs = pd.DataFrame({"contender": [FLOOR, FUSED, FLOOR], "seconds": [3.0, 4.0, 1.0]})
    assert capped(runs, least=2.0)["seconds"].tolist() == [2.0, 4.0, 1.0]
