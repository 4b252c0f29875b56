"""The memory that metrics are given, and the top of their spectra."""

from __future__ import annotations

import pytest
import torch

from eglass import jacobians, memory, pullback
from eglass.geometry import TopGeometry, explore_geometry, pullback_metrics
from eglass.geometry.jacobians import Jacobians
from tests import naive
from tests.cases import close, latent, problem_for


@pytest.fixture(scope="module")
def metrics(generator, super_resolution, perceptual) -> tuple[torch.Tensor, torch.Tensor]:
    return pullback_metrics(generator, super_resolution, perceptual, latent(generator))


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


@pytest.fixture
def linearised(monkeypatch) -> list[Jacobians]:
    """Pretend that images are large, and list what is linearised for that."""
    monkeypatch.setattr(pullback, "RETAINED", 2**20)
    linearise, done = Jacobians.linearise, []
    monkeypatch.setattr(Jacobians, "linearise", lambda J: linearise(J) or done.append(J))
    return done


def test_where_few_directions_fit_the_pass_they_share_is_traced_once(
    generator, super_resolution, perceptual, metrics, sizes, linearised
):
    sizes.clear()
    # A budget of which what is traced takes two fifths.
    with memory.PeakBytes() as used:
        found = pullback_metrics(
            generator, super_resolution, perceptual, latent(generator), memory_gb=0.1
        )
    assert used.peak < 1.02 * 0.1e9
    assert len(linearised) == 1
    assert max(sizes) < pullback.SHARED_BY
    assert all(close(*pair) < 1e-6 for pair in zip(found, metrics))


def test_what_tracing_keeps_is_no_room_for_rows(
    generator, super_resolution, perceptual, linearised, monkeypatch
):
    J = Jacobians(generator, super_resolution, perceptual, latent(generator))
    blocks = []
    for kept in (1, 5_000_000):
        monkeypatch.setattr(pullback, "_linearised", lambda *_, kept=kept: kept)
        blocks.append(pullback._Plan(J, 10_000_000).block)
    assert blocks[1] < blocks[0] < 100


@pytest.mark.parametrize("reason", ["no room", "not traceable", "few dimensions"])
def test_where_it_cannot_be_traced_nothing_but_time_is_lost(
    generator, super_resolution, perceptual, metrics, sizes, linearised, monkeypatch, reason
):
    def refuse(*_):
        raise RuntimeError("data-dependent control flow")

    if reason == "not traceable":
        monkeypatch.setattr(jacobians, "linearize", refuse)
    if reason == "few dimensions":
        monkeypatch.setattr(pullback, "TRACED_FOR", 101)
    sizes.clear()
    budget = 0.03 if reason == "no room" else None
    found = pullback_metrics(
        generator, super_resolution, perceptual, latent(generator), memory_gb=budget
    )
    assert linearised == []
    assert max(sizes) <= pullback.SHARED_BY
    assert all(close(*pair) < 1e-6 for pair in zip(found, metrics))


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
