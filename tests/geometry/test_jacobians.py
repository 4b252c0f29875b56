"""Products with Jacobians against reverse mode; what is differentiated, and how precisely."""

from __future__ import annotations

import pytest
import torch
from deepinv.physics import LinearPhysics
from torch.func import vjp
from torch.utils.flop_counter import FlopCounterMode

from eglass.generators import PGGAN
from eglass.geometry import ExactGeometry
from eglass.geometry.jacobians import Jacobians
from eglass.problems import Problem
from tests.cases import close, latent, problem_for


@pytest.mark.parametrize("pass_at_z0", ["computed", "kept", "traced"])
@pytest.mark.parametrize("name", ["super_resolution", "inpainting"])
def test_products_are_those_of_reverse_mode(pggan, perceptual, rng, name, pass_at_z0):
    problem, z0 = problem_for(pggan, name), latent(pggan)
    J = Jacobians(pggan, problem, perceptual, z0, room=10**8 if pass_at_z0 == "kept" else 0)
    assert (J.kept_bytes > 0) == (pass_at_z0 == "kept")
    if pass_at_z0 == "traced":
        J.linearise()
    directions = torch.randn(4, len(z0), generator=rng)
    tangents = J.image_tangents(directions)

    def residual(z):
        return problem.residual(pggan(z[None]))[0]

    def features(z):
        return perceptual.features(pggan(z[None]))[0]

    for found, function in (
        (tangents, lambda z: pggan(z[None])[0]),
        (J.measured(tangents), residual),
        (J.perceived(tangents), features),
    ):
        cotangent = torch.randn(found[0].shape, generator=rng)
        (pulled,) = vjp(function, z0)[1](cotangent)
        expected = directions @ pulled
        torch.testing.assert_close(
            found.flatten(1) @ cotangent.flatten(), expected, rtol=1e-3, atol=1e-3
        )


def test_what_is_kept_is_not_computed_again(generator, super_resolution, perceptual):
    z0 = latent(generator)
    flops = []
    for room in (0, 10**8):
        J = Jacobians(generator, super_resolution, perceptual, z0, room)
        with FlopCounterMode(display=False) as counter:
            J.perceived(J.image_tangents(torch.eye(len(z0))[:1]))
        flops.append(counter.get_total_flops())
    assert flops[1] == flops[0] / 2


def test_the_perceived_metric_is_there_and_back(pggan, perceptual, rng):
    J = Jacobians(pggan, problem_for(pggan, "inpainting"), perceptual, latent(pggan))
    tangents = torch.randn(2, *pggan.image_size, generator=rng)
    pull_back = vjp(lambda x: perceptual.features(x[None])[0], J.image)[1]
    expected = torch.stack([pull_back(row)[0] for row in J.perceived(tangents)])
    assert close(J.perceived_metric(tangents), expected) < 1e-4


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


@pytest.mark.parametrize("compute", [ExactGeometry(), ExactGeometry(memory_gb=0.0052)])
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
    problem = problem_for(pggan, "inpainting")
    allowed = []
    forward = PGGAN.forward
    monkeypatch.setattr(
        PGGAN,
        "forward",
        lambda self, z: allowed.append(torch.backends.cudnn.allow_tf32) or forward(self, z),
    )
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    ExactGeometry()(pggan, problem, perceptual, latent(pggan))
    assert allowed
    assert not any(allowed)
    assert torch.backends.cudnn.allow_tf32
