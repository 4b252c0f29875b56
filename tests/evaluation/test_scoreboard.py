"""Sets of images against exact draws: draws pass, and each way to be wrong is seen."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from eglass.errors import InputError
from eglass.evaluation.scoreboard import Reference, energy_test, score
from eglass.perceptual import Pixels


def drawn(count: int, seed: int, spread: float = 1.0, shift: float = 0.0) -> torch.Tensor:
    """Return images of two looks, bright on the left (7 in 10) or on the right, with noise that is
    stronger further down.
    """
    rng = torch.Generator().manual_seed(seed)
    down = torch.linspace(0.05, 0.3, 4)[:, None]
    images = spread * down * torch.randn(count, 1, 4, 6, generator=rng) + shift
    left = torch.rand(count, generator=rng) < 0.7
    images[left, :, :, :3] += 0.5
    images[~left, :, :, 3:] += 0.5
    return images


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference.of(drawn(300, 0), Pixels(), modes=2)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def naive_energy(x: np.ndarray, y: np.ndarray) -> float:
    """Return 2 E‖x − y‖ − E‖x − x'‖ − E‖y − y'‖ by its definition."""
    across = np.mean([np.linalg.norm(a - b) for a in x for b in y])
    within = [
        np.mean(
            [np.linalg.norm(z[i] - z[j]) for i in range(len(z)) for j in range(len(z)) if i != j]
        )
        for z in (x, y)
    ]
    return 2 * across - sum(within)


def distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.linalg.norm(x[:, None] - y[None], axis=-1)


def test_the_energy_distance_is_that_of_its_definition(rng):
    x, y = rng.normal(size=(5, 3)), rng.normal(1, 2, size=(8, 3))
    found, _ = energy_test(distances(x, x), distances(x, y), distances(y, y), rng, 9)
    assert found == pytest.approx(naive_energy(x, y))


def test_p_values_of_draws_are_uniform(rng):
    p = []
    for _ in range(200):
        x, y = rng.normal(size=(6, 2)), rng.normal(size=(30, 2))
        p.append(energy_test(distances(x, x), distances(x, y), distances(y, y), rng, 99)[1])
    for level in (0.1, 0.5):
        assert np.mean(np.array(p) <= level) == pytest.approx(level, abs=0.1)


def test_draws_of_the_same_pass(reference, rng):
    found = reference.score(drawn(40, 1), rng)
    assert found.p_value > 0.05
    assert found.modes_found == found.mass_found == 1
    assert found.energy == pytest.approx(0, abs=0.01)
    assert found.spread_ratio == pytest.approx(1, abs=0.1)
    assert found.distance_ratio == pytest.approx(1, abs=0.1)
    assert found.spread_correlation > 0.5
    assert found.coverage > 0.8
    assert found.near > 0.9


def test_a_set_that_misses_a_look_has_found_its_share_alone(reference, rng):
    images = drawn(60, 2)
    left = images[:, 0, :, :3].mean((1, 2)) > 0.25
    found = reference.score(images[left], rng)
    assert found.p_value == 0.001
    assert found.modes_found == 0.5
    assert found.mass_found == pytest.approx(0.7, abs=0.06)
    assert found.mass_expected == pytest.approx(1, abs=0.01)
    assert found.coverage == pytest.approx(0.7, abs=0.1)


def test_a_set_that_is_too_narrow_shows_it(reference, rng):
    narrow = drawn(40, 3, spread=0.1)
    found = reference.score(narrow, rng)
    assert found.p_value < 0.01
    assert found.spread_ratio < 0.95


def test_images_that_are_far_from_all_draws_find_nothing(reference, rng):
    found = reference.score(drawn(20, 4, shift=1.0), rng)
    assert found.modes_found == found.mass_found == found.near == found.coverage == 0
    assert found.energy > 0.5


def test_one_call_scores_anybodys_images(rng):
    found = score(drawn(20, 5), drawn(100, 6), Pixels(), rng=rng, modes=2)
    assert found.count == 20
    assert set(found.row()) >= {"energy", "p_value", "mass_found", "coverage"}


def test_what_cannot_be_compared_is_refused(reference, rng):
    with pytest.raises(InputError, match="3 modes of 2 draws"):
        Reference.of(drawn(2, 0), Pixels(), modes=3)
    with pytest.raises(InputError, match="4 × 5 pixels"):
        reference.score(torch.zeros(3, 1, 4, 5), rng)
    with pytest.raises(InputError, match="at least two"):
        reference.score(drawn(1, 0), rng)
