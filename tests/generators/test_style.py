"""A mapping and a synthesis network, explored in the space between them."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from eglass.errors import InputError
from eglass.exploration import Algorithm1
from eglass.generators import GaussianPrior, MappedPrior, StyleGenerator
from eglass.problems import Downsampling, Problem
from tests.cases import start_at

Z, W, LAYERS = 6, 10, 3


class Mapping(nn.Module):
    """z to w, the same for every layer, as StyleGAN2's."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(Z, 32), nn.LeakyReLU(0.2), nn.Linear(32, W))

    def forward(self, z, psi=1.0):
        return psi * self.layers(z)[:, None].repeat(1, LAYERS, 1)


class Synthesis(nn.Module):
    """A constant, modulated by each layer's w and by noise that can be switched off."""

    def __init__(self):
        super().__init__()
        self.constant = nn.Parameter(torch.randn(16, 4, 4))
        self.affine = nn.ModuleList(nn.Linear(W, 16) for _ in range(LAYERS))
        self.convolutions = nn.ModuleList(nn.Conv2d(16, 16, 3, padding=1) for _ in range(LAYERS))
        self.to_rgb = nn.Conv2d(16, 3, 1)

    def forward(self, ws, noise_mode="random"):
        x = self.constant.expand(len(ws), -1, -1, -1)
        layers = zip(ws.unbind(1), self.affine, self.convolutions)
        for w, affine, convolution in layers:
            x = nn.functional.interpolate(x, scale_factor=2)
            x = torch.tanh(convolution(x * (1 + affine(w))[:, :, None, None]))
            if noise_mode == "random":
                x = x + 0.1 * torch.randn_like(x)
        return self.to_rgb(x)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.mapping, self.synthesis = Mapping(), Synthesis()


def style(**options) -> StyleGenerator:
    options = {"arguments": {"noise_mode": "const"}, "draws": 4000} | options
    return StyleGenerator(Network(), GaussianPrior(Z), "random", **options)


def test_its_latents_are_standardised_w(rng):
    generator = style()
    assert (generator.latent_dim, generator.image_size) == (W, (3, 32, 32))
    latents = generator.sample(4000, rng)
    assert latents.mean(0).abs().max() < 0.1
    assert (latents.std(0) - 1).abs().max() < 0.1


def test_its_images_are_those_of_the_network_itself():
    network = Network()
    z = torch.randn(2, Z, generator=torch.Generator().manual_seed(3))
    expected = network.synthesis(network.mapping(z), noise_mode="const")
    latents = style().sample(2, torch.Generator().manual_seed(3))
    torch.testing.assert_close(style()(latents), expected, atol=1e-5, rtol=1e-4)


def test_arguments_of_the_mapping_change_the_prior():
    wide, narrow = style(), style(mapping_arguments={"psi": 0.5})
    torch.testing.assert_close(narrow.prior.std, 0.5 * wide.prior.std)


def test_typical_latents_are_those_that_the_mapping_makes(rng):
    generator = style()
    scores = generator.prior.atypicality(generator.sample(2000, rng))
    assert abs(scores.mean()) < 0.1
    assert abs(scores.std() - 1) < 0.15
    assert (generator.prior.atypicality(5 * generator.sample(20, rng)) > 3).all()


def test_noise_that_is_left_on_is_named():
    with pytest.raises(InputError, match="two images of one latent"):
        style(arguments={})


def test_w_space_is_explored_to_feasible_solutions(perceptual, rng):
    generator = style()
    z0 = generator.sample(1, rng)[0]
    problem = Problem.simulate(Downsampling((3, 32, 32), "bicubic", 8), generator(z0[None]))
    start = start_at(z0, generator, problem, perceptual)
    found = Algorithm1(K=[3], k=2, max_step=3.0)(start, count=2, rng=rng)
    assert found.feasible.all()
    assert (found.distance > 1e-4).all()


def test_a_network_of_one_part_is_refused():
    with pytest.raises(InputError, match="no part mapping"):
        StyleGenerator(nn.Linear(3, 3), GaussianPrior(3), "random")


def test_a_mapping_that_maps_to_a_constant_is_refused():
    with pytest.raises(InputError, match="never varies"):
        MappedPrior(torch.zeros_like, GaussianPrior(3), draws=10)
