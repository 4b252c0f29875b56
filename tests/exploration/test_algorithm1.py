"""Algorithm 1, and the explorer that walks along what it finds."""

from __future__ import annotations

import pytest
import torch

from eglass.errors import InputError
from eglass.exploration import Algorithm1, algorithm1
from eglass.exploration.ranking import choose_K
from eglass.geometry import Geometry
from eglass.records import Direction

K, k = 8, 20


def test_d_is_orthogonal_to_the_top_eigenvectors_of_H_Y(geometry):
    d = algorithm1(geometry, K, k, threshold=1e-3)
    assert (geometry.U[:, :k].T @ d).abs().max() <= 1e-3


def test_d_has_unit_length(geometry):
    assert algorithm1(geometry, K, k).norm().item() == pytest.approx(1, abs=1e-5)


def test_d_is_the_projection_of_v_K_where_every_correlation_counts(geometry):
    U = geometry.U[:, :k]
    v = geometry.V[:, K - 1]
    projection = v - U @ (U.T @ v)
    torch.testing.assert_close(
        algorithm1(geometry, K, k, threshold=1e-6),
        projection / projection.norm(),
        atol=1e-4,
        rtol=0,
    )


def test_correlations_below_the_threshold_stay(geometry):
    d = algorithm1(geometry, K, k, threshold=0.9)
    torch.testing.assert_close(d, geometry.V[:, K - 1])


def test_the_loop_goes_on_until_no_correlation_is_significant():
    # One pass is not enough: removing u1 and normalising lifts u2 over the threshold.
    z0 = torch.zeros(4)
    v = torch.tensor([0.9, 0.05, 0.1, 0.42])
    basis, _ = torch.linalg.qr(torch.cat([v[:, None], torch.eye(4)[:, 1:]], 1))
    H_Y = torch.diag(torch.tensor([4.0, 3.0, 2.0, 1.0]))
    H_X = basis @ torch.diag(torch.tensor([4.0, 3.0, 2.0, 1.0])) @ basis.T
    geometry = Geometry.from_metrics(z0, H_Y, H_X)
    d = algorithm1(geometry, 1, 2, threshold=0.07)
    assert (geometry.U[:, :2].T @ d).abs().max() <= 0.07


def test_without_k_nothing_is_projected(geometry):
    torch.testing.assert_close(algorithm1(geometry, K, 0), geometry.eigenvector(K))


@pytest.mark.parametrize("threshold", [1e-7, 1e-12, 1e-300])
def test_a_threshold_below_rounding_ends_all_the_same(geometry, threshold):
    d = algorithm1(geometry, K, k, threshold)
    assert (geometry.U[:, :k].T @ d).abs().max() <= 1e-6


@pytest.mark.parametrize(
    ("K", "k", "threshold", "complaint"),
    [
        (0, 20, 0.05, "K is 0: expected 1 to 100"),
        (101, 20, 0.05, "K is 101: expected 1 to 100"),
        (8, -1, 0.05, "k is -1: expected 0 to 99"),
        (8, 100, 0.05, "k is 100: expected 0 to 99"),
        (8, 20, 0.0, "threshold is 0.0: expected a number above 0 and below 1"),
        (8, 20, 1.0, "threshold is 1.0"),
        (8, 20, float("nan"), "threshold is nan"),
    ],
)
def test_what_is_out_of_range_is_refused(geometry, K, k, threshold, complaint):
    with pytest.raises(InputError, match=complaint):
        algorithm1(geometry, K, k, threshold)


def test_a_direction_that_is_wholly_measured_is_refused():
    geometry = Geometry.from_metrics(torch.zeros(3), *[torch.diag(torch.tensor([3.0, 2, 1]))] * 2)
    with pytest.raises(InputError, match="nothing is left"):
        algorithm1(geometry, 1, 2)


def test_the_explorer_walks_both_ways_along_each_d(start, geometry, rng):
    found = Algorithm1(K=[9, 8], bisections=3)(start, count=4, rng=rng)
    assert found.directions == [Direction("d", i) for i in (9, 9, 8, 8)]
    assert [step > 0 for step in found.steps] == [True, False, True, False]
    d = torch.stack([algorithm1(geometry, i.number, k) for i in found.directions])
    moves = torch.tensor(found.steps)[:, None] * d
    torch.testing.assert_close(found.latents, start.z0 + moves)


def test_k_and_threshold_are_those_of_the_algorithm(geometry):
    explorer = Algorithm1(k=3, threshold=0.4)
    (found,) = explorer.directions(geometry, [8]).values()
    assert torch.equal(found, algorithm1(geometry, 8, 3, 0.4))
    assert not torch.allclose(found, algorithm1(geometry, 8, 20, 0.05))


@pytest.mark.parametrize(
    ("K", "count", "expected"),
    [
        ([8, 9], 2, [8]),
        ([8, 9], 3, [8, 9]),
        ([8, 12], 8, [8, 12, 13, 14]),
        ([98], 20, [98, 99, 100]),
    ],
)
def test_where_more_solutions_are_asked_for_the_next_eigenvectors_follow(
    geometry, K, count, expected
):
    assert Algorithm1(K=K).starts(geometry, count) == expected


def test_auto_starts_from_the_best_ranked(geometry):
    assert Algorithm1(K="auto", k=5).starts(geometry, 6) == choose_K(geometry, 3, 5)
    assert sorted(Algorithm1(K="auto").starts(geometry, 1000)) == list(range(1, 101))


def test_a_latent_is_told_what_it_does_not_have():
    for explorer, dim, complaint in (
        (Algorithm1(K=[3, 12], k=5), 11, "K is 12: expected 1 to 11"),
        (Algorithm1(K="auto", k=20), 20, "k is 20: expected 0 to 19"),
    ):
        with pytest.raises(InputError, match=complaint):
            explorer.check(dim)
        explorer.check(dim + 1)
