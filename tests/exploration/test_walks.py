"""Algorithm 1, and walking along what it finds."""

from __future__ import annotations

import pytest
import torch

from eglass.errors import InputError
from eglass.exploration.start import Explorer, algorithm1
from eglass.geometry import Geometry, explore_geometry

K, k = 8, 20


@pytest.fixture(scope="module")
def z0(generator) -> torch.Tensor:
    return generator.sample(1, torch.Generator().manual_seed(1000))[0]


@pytest.fixture(scope="module")
def geometry(generator, super_resolution, perceptual, z0) -> Geometry:
    return explore_geometry(generator, super_resolution, perceptual, z0)


@pytest.fixture
def explorer(generator, super_resolution, perceptual, z0) -> Explorer:
    return Explorer(generator, super_resolution, perceptual, z0)


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


@pytest.mark.parametrize(
    ("K", "k", "threshold", "complaint"),
    [
        (0, 20, 0.05, "K is 0: expected 1 to 100"),
        (101, 20, 0.05, "K is 101: expected 1 to 100"),
        (8, -1, 0.05, "k is -1"),
        (8, 100, 0.05, "k is 100"),
        (8, 20, 0.0, "threshold"),
        (8, 20, 1.0, "threshold"),
    ],
)
def test_what_is_out_of_range_is_refused(geometry, K, k, threshold, complaint):
    with pytest.raises(InputError, match=complaint):
        algorithm1(geometry, K, k, threshold)


def test_a_direction_that_is_wholly_measured_is_refused():
    geometry = Geometry.from_metrics(torch.zeros(3), *[torch.diag(torch.tensor([3.0, 2, 1]))] * 2)
    with pytest.raises(InputError, match="nothing is left"):
        algorithm1(geometry, 1, 2)


def test_ten_solutions_cost_ten_images(explorer, geometry, generator, monkeypatch):
    images = []
    forward = type(generator).forward
    monkeypatch.setattr(
        type(generator), "forward", lambda self, z: images.append(len(z)) or forward(self, z)
    )
    directions = {f"d{j}": algorithm1(geometry, j, k) for j in range(8, 13)}
    found = explorer.walk(directions, [-3, 3], method="e-GLASS")
    assert len(found.table) == 10
    # And one for G(z0), which LPIPS is measured to.
    assert sum(images) == 11


def test_a_walk_says_where_each_image_comes_from(explorer, geometry, generator, z0):
    d = algorithm1(geometry, K, k)
    found = explorer.walk({"d8": d}, [-2, 4], method="e-GLASS")
    torch.testing.assert_close(found.latents, torch.stack([z0 - 2 * d, z0 + 4 * d]))
    torch.testing.assert_close(found.images, generator(found.latents))
    assert found.table[["direction", "step"]].to_numpy().tolist() == [["d8", -2], ["d8", 4]]


def test_infeasible_images_are_kept_and_marked(explorer, geometry):
    found = explorer.walk({"v1": geometry.eigenvector(1)}, [0.1, 8], method="v^K")
    assert found.table["feasible"].tolist() == [True, False]
    assert (found.table["feasible"] == (found.table["l2"] <= 1e-2)).all()


def test_the_projected_direction_changes_the_measurement_less(explorer, geometry):
    d, v = algorithm1(geometry, K, k), geometry.eigenvector(K)
    table = explorer.walk({"d": d, "v": v}, [-3, 3], method="both").table
    l2 = table.groupby("direction")["l2"].mean()
    assert l2["d"] < 0.5 * l2["v"]


def test_the_largest_feasible_step_is_feasible_and_a_longer_one_is_not(
    explorer, geometry, generator, super_resolution, z0
):
    directions = geometry.V[:, :6].T
    steps = explorer.largest_feasible_steps(directions, max_step=20.0, bisections=12)
    assert (steps < 20).all()

    def l2(steps: torch.Tensor) -> torch.Tensor:
        return super_resolution.l2(generator(z0 + steps[:, None] * directions))

    assert (l2(steps) <= 1e-2).all()
    assert (l2(steps + 0.02) > 1e-2).all()


def test_from_an_infeasible_start_no_step_is_called_feasible(
    generator, super_resolution, perceptual, rng
):
    elsewhere = Explorer(generator, super_resolution, perceptual, generator.sample(1, rng)[0])
    found = elsewhere.walk_to_the_edge({"x": torch.eye(100)[0]}, max_step=1.0, method="x")
    assert found.table["step"].abs().tolist() == [0, 0]
    assert not found.table["feasible"].any()


def test_walking_to_the_edge_goes_both_ways(explorer, geometry):
    found = explorer.walk_to_the_edge(
        {"d8": algorithm1(geometry, 8, k)}, max_step=5.0, method="e-GLASS, largest step"
    )
    assert (found.table["step"] > 0).tolist() == [True, False]
    assert found.table["feasible"].all()


@pytest.mark.parametrize("steps", [[], [0], [float("nan")], [float("inf")]])
def test_steps_that_lead_nowhere_are_refused(explorer, geometry, steps):
    with pytest.raises(InputError, match="step η"):
        explorer.walk({"d": geometry.eigenvector(1)}, steps, method="x")


def test_a_walk_can_end_at_a_wanted_lpips_or_l2(explorer, geometry):
    directions = {"d8": algorithm1(geometry, 8, k)}
    near = explorer.walk_to_the_edge(directions, max_step=8, lpips=0.02, method="x").table
    assert near["lpips"].tolist() == pytest.approx([0.02, 0.02], rel=0.05)
    near = explorer.walk_to_the_edge(directions, max_step=8, l2=1e-3, method="x").table
    assert near["l2"].tolist() == pytest.approx([1e-3, 1e-3], rel=0.05)
    assert near["l2"].max() <= 1e-3


@pytest.mark.parametrize("wanted", [{"l2": 0}, {"lpips": -1}])
def test_a_wanted_distance_that_is_not_positive_is_refused(explorer, geometry, wanted):
    with pytest.raises(InputError, match="wanted"):
        explorer.walk_to_the_edge({"d": geometry.eigenvector(1)}, max_step=8, **wanted, method="x")
