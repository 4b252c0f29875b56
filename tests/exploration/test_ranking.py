"""Which eigenvector to start from."""

from __future__ import annotations

import pytest
import torch

from eglass.errors import InputError
from eglass.exploration.ranking import choose_K, rank_eigenvectors
from eglass.geometry import Geometry


@pytest.fixture
def geometry() -> Geometry:
    """v^1 is what is measured most, v^2 is half of it, v^3 and v^4 are not measured at all."""
    I = torch.eye(4)  # noqa: E741
    half = (I[0] + I[1]) / 2**0.5
    other = (I[0] - I[1]) / 2**0.5
    V = torch.stack([other, half, I[2], I[3]], 1)
    Lambda, Omega = torch.tensor([4.0, 1.0, 0.1, 0.1]), torch.tensor([8.0, 6.0, 4.0, 1.0])
    return Geometry(torch.zeros(4), Lambda.diag(), V @ Omega.diag() @ V.T, Lambda, I, Omega, V)


def test_score_is_what_is_seen_times_what_algorithm_1_leaves(geometry):
    table = rank_eigenvectors(geometry, k=1).set_index("K")
    assert table.loc[1, "unmeasured"] == pytest.approx(0.5)
    assert table["score"].to_dict() == pytest.approx({1: 0.5, 2: 0.375, 3: 0.5, 4: 0.125})


def test_strong_and_uncoupled_comes_first(geometry):
    assert choose_K(geometry, 2, k=2) == [3, 4]
    assert choose_K(geometry, 2, k=0) == [1, 2]


@pytest.mark.parametrize("count", [0, 5])
def test_more_than_there_are_is_refused(geometry, count):
    with pytest.raises(InputError, match="1 to 4"):
        choose_K(geometry, count, k=1)


def test_k_out_of_range_is_refused(geometry):
    with pytest.raises(InputError, match="k is 9"):
        rank_eigenvectors(geometry, k=9)
