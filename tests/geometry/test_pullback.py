"""Both metrics against their definition, within the memory that they are given."""

from __future__ import annotations

import copy

import pytest
import torch

from eglass.geometry import jacobians, memory, pullback, pullback_metrics
from eglass.geometry.jacobians import Jacobians
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


@pytest.mark.parametrize("free", [0.05e9, 2e9])
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
        ("pggan", 0.0022, "several"),
        ("pggan", 0.0034, "one"),
        pytest.param("generator", 0.01, "several", marks=pytest.mark.slow),
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
    assert used.peak < 1.03 * memory_gb * 1e9
    assert (sum(sizes) == len(z0)) == (passes == "one")
    assert all(close(*pair) < 1e-6 for pair in zip(found, expected))


@pytest.mark.parametrize(("count", "most", "chunks"), [(64, 31, 3), (100, 31, 4), (5, 0, 5)])
def test_chunks_are_all_alike(count, most, chunks):
    size = pullback._evenly(count, most)
    rests = [min(size, count - start) for start in range(0, count, size)]
    assert len(rests) == chunks
    assert max(rests) - min(rests) < chunks
    assert size <= max(1, most)


def test_many_directions_pass_a_small_network_in_several_chunks_all_alike(
    pggan, perceptual, sizes, monkeypatch
):
    problem, z0 = problem_for(pggan, "inpainting"), latent(pggan)
    for limit in ("AT_ONCE", "ENOUGH"):
        monkeypatch.setattr(pullback, limit, len(z0) // 2)
    pullback_metrics(pggan, problem, perceptual, z0, memory_gb=4)
    assert len(sizes) in (2, 3)
    assert max(sizes) - min(sizes) <= 2


@pytest.fixture
def recorded(monkeypatch) -> list[Jacobians]:
    """Pretend that images are large, and list what is recorded for that."""
    monkeypatch.setattr(pullback, "RETAINED", 2**20)
    record, done = Jacobians.record, []
    monkeypatch.setattr(Jacobians, "record", lambda J: record(J) or done.append(J))
    return done


def test_what_several_chunks_share_is_computed_once(
    generator, super_resolution, perceptual, metrics, sizes, recorded
):
    sizes.clear()
    with memory.PeakBytes() as used:
        found = pullback_metrics(
            generator, super_resolution, perceptual, latent(generator), memory_gb=0.02
        )
    assert used.peak < 1.02 * 0.02e9
    assert len(recorded) == 1
    assert max(sizes) < pullback.SHARED_BY
    assert all(close(*pair) < 1e-6 for pair in zip(found, metrics))


def test_one_chunk_shares_nothing(pggan, perceptual, sizes, monkeypatch):
    monkeypatch.setattr(Jacobians, "record", lambda J: pytest.fail("recorded"))
    problem, z0 = problem_for(pggan, "inpainting"), latent(pggan)
    pullback_metrics(pggan, problem, perceptual, z0, memory_gb=4)
    assert len(sizes) == 1


def test_what_is_kept_of_the_pass_is_no_room_for_rows(
    generator, super_resolution, perceptual, monkeypatch
):
    with memory.PeakBytes() as one:
        J = Jacobians(generator, super_resolution, perceptual, latent(generator))
    blocks = []
    for kept in (1, 4_000_000):
        monkeypatch.setattr(Jacobians, "kept_bytes", kept)
        blocks.append(pullback._Plan(J, 6_000_000, one).block)
    assert blocks[1] < blocks[0] < 100


@pytest.mark.parametrize("reason", ["no room", "a generator that cannot be recorded"])
def test_where_it_cannot_be_recorded_nothing_but_time_is_lost(
    generator, super_resolution, perceptual, metrics, sizes, recorded, monkeypatch, reason
):
    def refuse(*_):
        raise NotImplementedError

    if reason == "no room":
        monkeypatch.setattr(pullback, "KEPT", 0)
    else:
        monkeypatch.setattr(jacobians, "Tape", refuse)
    sizes.clear()
    found = pullback_metrics(generator, super_resolution, perceptual, latent(generator))
    assert recorded == []
    assert max(sizes) == pullback.SHARED_BY
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
