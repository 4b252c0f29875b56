"""Both metrics against their definition, and their spectra."""

from __future__ import annotations

import copy

import pytest
import torch
from deepinv.physics import LinearPhysics

from eglass.errors import InputError
from eglass.generators import PGGAN
from eglass.geometry import (
    ExactGeometry,
    Geometry,
    TopGeometry,
    correlations,
    pullback_metrics,
)
from eglass.problems import Problem
from tests import naive
from tests.cases import close, latent, problem_for


@pytest.fixture(scope="module")
def adapted(generator, super_resolution):
    """The generator after a few steps of the image-adaptive stage, towards another image."""
    adapted = copy.deepcopy(generator).requires_grad_(True)
    optimizer = torch.optim.Adam(adapted.parameters(), lr=1e-3)
    z = generator.sample(1, torch.Generator().manual_seed(7))
    for _ in range(5):
        optimizer.zero_grad()
        super_resolution.l2(adapted(z)).sum().backward()
        optimizer.step()
    return adapted


@pytest.fixture(scope="module")
def metrics(generator, super_resolution, perceptual) -> tuple[torch.Tensor, torch.Tensor]:
    return pullback_metrics(generator, super_resolution, perceptual, latent(generator))


@pytest.fixture(scope="module")
def exact(generator, metrics) -> Geometry:
    return Geometry.from_metrics(latent(generator), *metrics)


# The metrics


@pytest.mark.parametrize("of", ["generator", "adapted", "pggan", "biggan"])
def test_both_metrics_are_the_hessians_that_the_paper_defines(request, perceptual, of):
    generator = request.getfixturevalue(of)
    z0 = latent(generator)
    expected_X = naive.perceptual_metric(generator, perceptual, z0)
    for name in ("super_resolution", "inpainting"):
        problem = problem_for(generator, name)
        H_Y, H_X = pullback_metrics(generator, problem, perceptual, z0)
        assert close(H_Y, naive.measurement_metric(generator, problem, z0)) < 1e-5
        assert close(H_X, expected_X) < 1e-5


def test_adapting_the_generator_changes_its_metrics(
    generator, adapted, super_resolution, perceptual, metrics
):
    other = pullback_metrics(adapted, super_resolution, perceptual, latent(generator))
    assert all(close(*pair) > 1e-2 for pair in zip(other, metrics))


class _NeverDifferentiated(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x.clone()

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass

    @staticmethod
    def vmap(info, in_dims, x):
        return x.clone(), in_dims[0]

    @staticmethod
    def jvp(ctx, tangent):
        raise AssertionError("A was differentiated")

    @staticmethod
    def backward(ctx, cotangent):
        raise AssertionError("A was differentiated")


class _BlackBox(LinearPhysics):
    """An operator, and its adjoint, that cannot be differentiated."""

    def __init__(self, inside):
        super().__init__()
        self.inside = inside

    def A(self, x, **_):
        return _NeverDifferentiated.apply(self.inside.A(x))

    def A_adjoint(self, y, **_):
        return _NeverDifferentiated.apply(self.inside.A_adjoint(y))


@pytest.mark.parametrize(
    "compute", [ExactGeometry(), ExactGeometry(memory_gb=0.0052), TopGeometry(9)]
)
def test_A_is_never_differentiated(pggan, perceptual, compute):
    problem, z0 = problem_for(pggan, "super_resolution"), latent(pggan)
    target = pggan(z0[None])
    black_box = Problem.simulate(_BlackBox(problem.physics), target)
    with pytest.raises(AssertionError, match="differentiated"):
        torch.func.jvp(black_box.physics.A, (target,), (target,))
    found = compute(pggan, black_box, perceptual, z0)
    expected = compute(pggan, problem, perceptual, z0)
    torch.testing.assert_close(found.Lambda, expected.Lambda)


def test_metrics_are_computed_in_single_precision(pggan, perceptual, monkeypatch):
    allowed = []
    forward = PGGAN.forward
    monkeypatch.setattr(
        PGGAN,
        "forward",
        lambda self, z: allowed.append(torch.backends.cudnn.allow_tf32) or forward(self, z),
    )
    problem = problem_for(pggan, "inpainting")
    for compute in (ExactGeometry(), TopGeometry(1)):
        monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
        allowed.clear()
        compute(pggan, problem, perceptual, latent(pggan))
        assert allowed
        assert not any(allowed)
        assert torch.backends.cudnn.allow_tf32


# The spectra


def test_eigenvalues_descend_and_are_not_negative(exact):
    for values in (exact.Lambda, exact.Omega):
        assert (values.diff() <= 0).all()
        assert values.min() > -1e-6 * values.max()


def test_the_eigenpairs_make_up_the_metrics(exact, metrics):
    assert close(exact.H_Y, metrics[0]) < 1e-5
    assert close(exact.H_X, metrics[1]) < 1e-5
    assert exact.trace_Y == pytest.approx(exact.Lambda.sum().item(), rel=1e-4)
    assert exact.trace_X == pytest.approx(exact.Omega.sum().item(), rel=1e-4)


def test_v_K_is_counted_from_1(exact, metrics):
    for K in (1, 8):
        v = exact.eigenvector(K)
        torch.testing.assert_close(metrics[1] @ v, exact.Omega[K - 1] * v, rtol=0, atol=1e-6)
    assert exact.eigenvector(1) @ metrics[1] @ exact.eigenvector(1) == pytest.approx(
        torch.linalg.matrix_norm(metrics[1], 2).item(), rel=1e-4
    )


@pytest.mark.parametrize("K", [0, -1, 101])
def test_an_eigenvector_that_does_not_exist_is_refused(exact, K):
    with pytest.raises(InputError, match=f"K is {K}: expected 1 to 100"):
        exact.eigenvector(K)


def test_C_couples_u_i_with_v_j(exact):
    i, j = 2, 7
    assert exact.C[i, j].item() == pytest.approx((exact.U[:, i] @ exact.V[:, j]).item(), abs=1e-6)
    torch.testing.assert_close(exact.C @ exact.C.T, torch.eye(100), atol=1e-5, rtol=0)


def test_the_table_of_correlations_says_how_a_direction_lies_in_both_bases(exact):
    direction = (exact.U[:, 2] + exact.U[:, 4]) / 2**0.5
    table = correlations(exact, {"d": direction, "v8": exact.eigenvector(8)})
    assert list(table.columns) == ["direction", "basis", "j", "correlation"]
    assert len(table) == 2 * 2 * 100
    table = table.set_index(["direction", "basis", "j"])["correlation"]
    assert table["d", "U", 3] == pytest.approx(2**-0.5, abs=1e-5)
    assert table["d", "U", 4] == pytest.approx(0, abs=1e-5)
    assert table["v8", "V", 8] == pytest.approx(1, abs=1e-5)
    assert table["v8", "U", 1] == pytest.approx(exact.C[0, 7].abs().item(), abs=1e-6)


# What is refused


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: ExactGeometry(memory_gb=0), "geometry.memory_gb is 0: expected a positive"),
        (lambda: TopGeometry(0), "geometry.rank is 0: expected at least 1"),
        (lambda: TopGeometry(5, block=0), "geometry.block is 0"),
        (lambda: TopGeometry(5, tolerance=0), "geometry.tolerance is 0"),
    ],
)
def test_settings_out_of_range_are_refused(make, complaint):
    with pytest.raises(InputError, match=complaint):
        make()


def test_more_eigenpairs_than_the_latent_has_dimensions_are_refused(pggan, perceptual):
    problem = problem_for(pggan, "inpainting")
    with pytest.raises(InputError, match=r"geometry.rank is 65: expected at most 64"):
        TopGeometry(65)(pggan, problem, perceptual, latent(pggan))


def test_an_eigenvector_beyond_the_top_is_refused(exact):
    top = Geometry(
        exact.z0, exact.Lambda[:5], exact.U[:, :5], exact.Omega[:5], exact.V[:, :5], 1.0, 1.0
    )
    with pytest.raises(InputError, match=r"K is 6: expected 1 to 5, .* raise geometry.rank"):
        top.eigenvector(6)
