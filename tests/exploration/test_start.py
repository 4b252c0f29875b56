"""What is known at a starting point, and how it moves."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch

from eglass.geometry import ExactGeometry
from eglass.problems import Problem
from eglass.progress import Cancelled
from eglass.records import Direction, Method

METHOD = Method("x", "X")


def measured(start, latents, **given):
    along = [Direction("v", 1)] * len(latents)
    return start.measure(
        latents, method=METHOD, directions=along, steps=[1.0] * len(latents), **given
    )


def test_latents_are_measured_by_problem_metric_and_prior(start, generator, perceptual, rng):
    latents = torch.cat([start.z0[None], generator.sample(2, rng)])
    found = measured(start, latents)
    images = generator(latents)
    torch.testing.assert_close(found.images, images)
    torch.testing.assert_close(found.l2, start.problem.l2(images))
    torch.testing.assert_close(found.distance, perceptual(images, generator(start.z0[None])))
    torch.testing.assert_close(found.atypicality, generator.prior.atypicality(latents))
    assert found.feasible.tolist() == [True, False, False]
    assert not found.images.requires_grad


def test_images_that_are_known_are_not_made_again(start, rng):
    images = torch.rand(1, 3, 64, 64, generator=rng)
    assert torch.equal(measured(start, start.z0[None], images=images).images, images)


def test_it_speaks_of_the_generator_that_the_inversion_adapted(start, generator):
    adapted = copy.deepcopy(generator)
    adapted.main[12].weight.mul_(0.5)
    moved = replace(start, inverted=replace(start.inverted, generator=adapted))
    found = measured(moved, start.z0[None])
    torch.testing.assert_close(found.images, adapted(start.z0[None]))
    assert float(found.distance) == 0
    assert moved.prior_generator is generator


def test_moved_to_another_latent_it_has_the_geometry_of_that_one(start, generator, perceptual, rng):
    z = generator.sample(1, rng)[0]
    moved = start.moved_to(z)
    expected = ExactGeometry()(generator, start.problem, perceptual, z)
    torch.testing.assert_close(moved.geometry.Omega, expected.Omega)
    assert torch.equal(moved.geometry.z0, z)
    assert float(moved.distance(generator(z[None]))) == pytest.approx(0, abs=1e-9)
    assert moved.inverted is start.inverted


def test_moving_can_be_cancelled(start):
    def cancel(*report):
        raise Cancelled

    with pytest.raises(Cancelled):
        start.moved_to(start.z0, progress=cancel)


def test_another_threshold_is_another_judgement(start, target):
    strict = Problem.simulate(start.problem.physics, target, threshold=1e-9)
    v1 = start.geometry.eigenvector(1)[None]
    assert measured(start, start.z0 + 0.1 * v1).feasible.all()
    assert not measured(start.with_problem(strict), start.z0 + 0.1 * v1).feasible.any()
