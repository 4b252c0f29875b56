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
from eglass.perceptual import Pixels
from eglass.problems import Problem, inpainting
from tests.cases import close, latent, problem_for


@pytest.mark.parametrize("pass_at_z0", ["computed", "recorded"])
@pytest.mark.parametrize("name", ["super_resolution", "inpainting"])
def test_products_are_those_of_reverse_mode(pggan, perceptual, rng, name, pass_at_z0):
    problem, z0 = problem_for(pggan, name), latent(pggan)
    J = Jacobians(pggan, problem, perceptual, z0)
    if pass_at_z0 == "recorded":
        J.record()
    assert (J.kept_bytes > 0) == (pass_at_z0 == "recorded")
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


def test_what_is_recorded_computes_nothing_at_z0(generator, super_resolution, perceptual):
    J = Jacobians(generator, super_resolution, perceptual, latent(generator))
    results, flops = [], []
    for record in (lambda: None, J.record):
        record()
        with FlopCounterMode(display=False) as counter:
            results.append(J.perceived(J.image_tangents(torch.eye(len(J.z0))[:3])))
        flops.append(counter.get_total_flops())
    assert torch.equal(*results)
    assert flops[1] == flops[0] * 3 / 4
    # Weights are there anyway: those of the first layer alone would take 3 MB.
    assert 0 < J.kept_bytes < 2e6


class _Attention(torch.nn.Module):
    """A generator with attention, as PyTorch has it."""

    image_size = (1, 4, 3)

    def forward(self, z):
        x = z.unflatten(1, self.image_size)
        return torch.nn.functional.scaled_dot_product_attention(x, 2 * x, x.tanh())


def test_attention_has_a_forward_mode(rng):
    z0, d = torch.randn(2, 12, generator=rng)
    image = _Attention()(z0[None])
    problem = Problem.simulate(inpainting(_Attention.image_size, box=(0, 0, 0.5, 1)), image)
    J = Jacobians(_Attention(), problem, Pixels(), z0)
    (tangent,) = J.image_tangents(d[None])
    step = 1e-3
    ahead, behind = (_Attention()(z0[None] + sign * step * d)[0] for sign in (1, -1))
    torch.testing.assert_close(tangent, (ahead - behind) / (2 * step), rtol=1e-3, atol=1e-3)


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
