"""The eigen-bases of both metrics, and what couples them."""

from __future__ import annotations

import pytest
import torch

from eglass.errors import InputError
from eglass.geometry import correlations
from eglass.records import Direction
from tests.cases import close


def test_eigenvalues_descend_and_are_not_negative(geometry):
    for values in (geometry.Lambda, geometry.Omega):
        assert (values.diff() <= 0).all()
        assert values.min() > -1e-6 * values.max()


@pytest.mark.parametrize(
    ("metric", "values", "vectors"), [("H_Y", "Lambda", "U"), ("H_X", "Omega", "V")]
)
def test_the_eigenpairs_make_up_the_metrics(geometry, metric, values, vectors):
    H, Lambda, U = (getattr(geometry, name) for name in (metric, values, vectors))
    assert close(U @ Lambda.diag() @ U.T, H) < 1e-5
    torch.testing.assert_close(U.T @ U, torch.eye(geometry.dim), atol=1e-5, rtol=0)


def test_an_eigenvectors_largest_entry_is_positive(geometry):
    for basis in (geometry.U, geometry.V):
        assert (basis.amax(0) >= -basis.amin(0)).all()


def test_v_K_is_counted_from_1(geometry):
    assert torch.equal(geometry.eigenvector(1), geometry.V[:, 0])
    assert torch.equal(geometry.eigenvector(geometry.dim), geometry.V[:, -1])


@pytest.mark.parametrize("K", [0, -1, 101, 2.0])
def test_an_eigenvector_that_does_not_exist_is_refused(geometry, K):
    with pytest.raises(InputError, match=f"K is {K}: expected 1 to 100"):
        geometry.eigenvector(K)


def test_C_couples_u_i_with_v_j(geometry):
    i, j = 2, 7
    assert geometry.C[i, j].item() == pytest.approx(
        (geometry.U[:, i] @ geometry.V[:, j]).item(), abs=1e-6
    )
    torch.testing.assert_close(geometry.C @ geometry.C.T, torch.eye(100), atol=1e-5, rtol=0)


def test_the_table_of_correlations_says_how_a_direction_lies_in_both_bases(geometry):
    d, v = Direction("d", 3), Direction("v", 8)
    mixed = -(geometry.U[:, 2] + geometry.U[:, 4]) / 2**0.5
    table = correlations(geometry, {d: mixed, v: geometry.eigenvector(8)})
    assert list(table.columns) == ["direction", "kind", "number", "basis", "j", "correlation"]
    assert len(table) == 2 * 2 * geometry.dim
    table = table.set_index(["kind", "number", "basis", "j"])["correlation"]
    assert table["d", 3, "U", 3] == pytest.approx(2**-0.5, abs=1e-5)
    assert table["d", 3, "U", 4] == pytest.approx(0, abs=1e-5)
    assert table["v", 8, "V", 8] == pytest.approx(1, abs=1e-5)
    assert table["v", 8, "U", 1] == pytest.approx(geometry.C[0, 7].abs().item(), abs=1e-6)
