"""Both metrics against their definition, their spectra, and the memory that they are given."""

from __future__ import annotations

import copy

import pytest
import torch
from deepinv.physics import Downsampling, LinearPhysics

from eglass import memory
from eglass.errors import InputError
from eglass.generators import PGGAN, BigGAN
from eglass.geometry import (
    ExactGeometry,
    Geometry,
    TopGeometry,
    correlations,
    explore_geometry,
    pullback_metrics,
)
from eglass.jacobians import Jacobians
from eglass.problems import Problem, inpainting
from tests import naive


def latent(generator) -> torch.Tensor:
    return generator.sample(1, torch.Generator().manual_seed(1000))[0]


def problem_for(generator, name: str) -> Problem:
    size = generator.image_size
    physics = (
        Downsampling(img_size=size, factor=8, filter="bicubic", padding="reflect")
        if name == "super_resolution"
        else inpainting(size, box=(0.6, 0.25, 0.95, 0.75))
    )
    with torch.no_grad():
        return Problem.simulate(physics, generator(latent(generator)[None]))


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
def pggan() -> PGGAN:
    return PGGAN.pretrained(resolution=32, latent_dim=64, max_channels=32, weights="random")


@pytest.fixture(scope="module")
def biggan() -> BigGAN:
    return BigGAN.pretrained(name="biggan-deep-32", weights="random")


@pytest.fixture(scope="module")
def metrics(generator, super_resolution, perceptual) -> tuple[torch.Tensor, torch.Tensor]:
    return pullback_metrics(generator, super_resolution, perceptual, latent(generator))


@pytest.fixture(scope="module")
def exact(generator, metrics) -> Geometry:
    return Geometry.from_metrics(latent(generator), *metrics)


def close(found: torch.Tensor, expected: torch.Tensor) -> float:
    """Relative difference in Frobenius norm."""
    return ((found - expected).norm() / expected.norm()).item()


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


# The memory


@pytest.fixture
def sizes(monkeypatch) -> list[int]:
    """How many directions were differentiated at once, call by call, probes left out."""
    sizes = []
    chunks_map = memory.Chunks.map

    def spy(self, function, rows):
        return chunks_map(self, lambda chunk: sizes.append(len(chunk)) or function(chunk), rows)

    monkeypatch.setattr(memory.Chunks, "map", spy)
    return sizes


def test_with_memory_for_all_each_direction_is_differentiated_once(
    generator, super_resolution, perceptual, sizes
):
    pullback_metrics(generator, super_resolution, perceptual, latent(generator), memory_gb=4)
    assert sizes == [100]


@pytest.mark.parametrize("free", [0.1e9, 2e9])
def test_a_budget_left_to_itself_follows_what_is_free(pggan, perceptual, sizes, monkeypatch, free):
    monkeypatch.setattr(memory, "free_bytes", lambda device: int(free))
    problem, z0 = problem_for(pggan, "inpainting"), latent(pggan)
    pullback_metrics(pggan, problem, perceptual, z0)
    found = max(sizes)
    sizes.clear()
    pullback_metrics(pggan, problem, perceptual, z0, memory_gb=memory.SHARE * free / 1e9)
    assert found == max(sizes)
    assert (found < 10) == (free < 1e9)


@pytest.mark.parametrize(
    ("of", "memory_gb", "passes"),
    [
        ("pggan", 0.0052, "several"),
        ("pggan", 0.0075, "one"),
        pytest.param("generator", 0.016, "several", marks=pytest.mark.slow),
    ],
)
def test_less_memory_costs_time_and_not_exactness(
    request, perceptual, sizes, of, memory_gb, passes
):
    generator = request.getfixturevalue(of)
    problem, z0 = problem_for(generator, "inpainting"), latent(generator)
    expected = pullback_metrics(generator, problem, perceptual, z0, memory_gb=4)
    assert sizes == [len(z0)]
    sizes.clear()
    with memory.PeakBytes() as used:
        found = pullback_metrics(generator, problem, perceptual, z0, memory_gb=memory_gb)
    # Besides the metrics themselves, and other small change.
    assert used.peak < 1.02 * memory_gb * 1e9
    assert (sum(sizes) == len(z0)) == (passes == "one")
    assert all(close(*pair) < 1e-6 for pair in zip(found, expected))


def test_running_out_of_memory_halves_the_chunk_and_loses_nothing(
    generator, super_resolution, perceptual, metrics, sizes, monkeypatch
):
    perceived = Jacobians.perceived

    def scarce(self, tangents):
        if len(tangents) > 30 or len(sizes) == 4:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate")
        return perceived(self, tangents)

    monkeypatch.setattr(Jacobians, "perceived", scarce)
    found = pullback_metrics(
        generator, super_resolution, perceptual, latent(generator), memory_gb=4
    )
    # 100, 50 and the second 25 fail; the first 25 are not computed again.
    assert sizes == [100, 50, 25, 25, *[12] * 6, 3]
    assert all(close(*pair) < 1e-6 for pair in zip(found, metrics))


# The top of the spectrum


@pytest.mark.parametrize(
    ("of", "rank", "name"),
    [
        ("generator", 60, "super_resolution"),
        pytest.param("generator", 60, "inpainting", marks=pytest.mark.slow),
        ("pggan", 20, "super_resolution"),
        ("pggan", 20, "inpainting"),
    ],
)
def test_the_top_spans_what_the_exact_top_spans(request, perceptual, of, rank, name):
    generator = request.getfixturevalue(of)
    problem, z0 = problem_for(generator, name), latent(generator)
    exact = explore_geometry(generator, problem, perceptual, z0)
    top = TopGeometry(rank)(generator, problem, perceptual, z0)
    assert top.rank == rank
    assert top.C.shape == (rank, rank)
    for basis, values in (("U", "Lambda"), ("V", "Omega")):
        expected = getattr(exact, values)
        leading = min(rank, int((expected > 1e-3 * expected[0]).sum()))
        columns = [getattr(of, basis)[:, :leading] for of in (top, exact)]
        assert naive.largest_angle(*columns) < 1e-2
        torch.testing.assert_close(
            getattr(top, values)[:leading], expected[:leading], rtol=1e-3, atol=0
        )
    assert top.trace_Y == pytest.approx(exact.trace_Y, rel=2e-2)
    assert top.trace_X == pytest.approx(exact.trace_X, rel=2e-2)


def test_running_out_of_memory_does_not_change_the_top(pggan, perceptual, monkeypatch):
    problem, z0 = problem_for(pggan, "super_resolution"), latent(pggan)
    expected = TopGeometry(9)(pggan, problem, perceptual, z0)
    cotangents = Jacobians.latent_cotangents

    def scarce(self, images):
        if len(images) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return cotangents(self, images)

    monkeypatch.setattr(Jacobians, "latent_cotangents", scarce)
    found = TopGeometry(9)(pggan, problem, perceptual, z0)
    torch.testing.assert_close(found.Lambda, expected.Lambda, rtol=1e-4, atol=0)


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
