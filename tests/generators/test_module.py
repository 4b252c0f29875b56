"""Generators of libraries and people that know nothing of this project."""

from __future__ import annotations

import pytest
import torch
from deepinv.models.gan import DCGANGenerator
from torch import nn

from eglass.errors import InputError
from eglass.exploration import algorithm1
from eglass.generators import GaussianPrior, Generator, ModuleGenerator
from eglass.geometry import ExactGeometry
from eglass.weights import packaged_file

WEIGHTS = packaged_file("gan_face_generate", "weights.tar", "gan-face-generate")


@pytest.fixture(scope="module")
def deepinvs() -> ModuleGenerator:
    """The DCGAN of deepinv, with the bundled weights."""
    return ModuleGenerator(DCGANGenerator(), GaussianPrior(100), WEIGHTS, latent_shape=(100, 1, 1))


class Conditional(nn.Module):
    """A DCGAN of the tutorials' shape whose latent a class and a truncation change."""

    def __init__(self):
        super().__init__()
        self.classes = nn.Embedding(5, 8)
        self.main = DCGANGenerator(nz=8, ngf=2)

    def forward(self, z, label, *, truncation):
        assert label.shape == (len(z),)
        return self.main(truncation * z + self.classes(label)[:, :, None, None])


def conditional(label: int = 3, truncation: float = 0.5) -> ModuleGenerator:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = Conditional()
    return ModuleGenerator(
        module,
        GaussianPrior(8),
        "random",
        latent_shape=(8, 1, 1),
        conditions={"label": label},
        arguments={"truncation": truncation},
    )


def test_a_librarys_generator_makes_the_same_images_as_ours(deepinvs, generator, rng):
    latents = generator.sample(3, rng)
    torch.testing.assert_close(deepinvs(latents), generator(latents))
    assert deepinvs.provenance.sha256 == generator.provenance.sha256
    assert deepinvs.provenance.trained


def test_it_is_explored_as_ours_is(deepinvs, generator, super_resolution, perceptual, rng):
    z0 = generator.sample(1, rng)[0]
    ours, theirs = (
        ExactGeometry()(each, super_resolution, perceptual, z0) for each in (generator, deepinvs)
    )
    torch.testing.assert_close(theirs.Omega, ours.Omega, rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(
        algorithm1(theirs, 8, 20), algorithm1(ours, 8, 20), atol=0.01, rtol=0
    )


def test_conditions_and_arguments_are_the_same_at_every_call(rng):
    made = conditional()
    latents = made.sample(3, rng)
    label = torch.full((3,), 3)
    expected = made.module(latents[:, :, None, None], label, truncation=0.5)
    torch.testing.assert_close(made(latents), expected)
    assert not torch.allclose(made(latents), conditional(label=2)(latents))
    assert not torch.allclose(made(latents), conditional(truncation=1.0)(latents))


@pytest.mark.parametrize("value_range", [(0, 1), (0, 255), (1, -1)])
def test_images_are_brought_to_the_range_of_all_generators(generator, rng, value_range):
    class Scaled(DCGANGenerator):
        def forward(self, z):
            return (super().forward(z) + 1) / 2 * value_range[1]

    def make():
        return ModuleGenerator(
            Scaled(), GaussianPrior(100), WEIGHTS, latent_shape=(100, 1, 1), value_range=value_range
        )

    if value_range[0] > value_range[1]:
        with pytest.raises(InputError, match="black < white"):
            make()
        return
    latents = generator.sample(2, rng)
    torch.testing.assert_close(make()(latents), generator(latents), atol=1e-5, rtol=0)


def test_a_network_in_memory_needs_no_weights_and_stays_as_it_is():
    network = DCGANGenerator(nz=8, ngf=2).train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    made = ModuleGenerator(network, GaussianPrior(8), latent_shape=(8, 1, 1))
    assert made.provenance.trained
    assert network.training
    assert all(parameter.requires_grad for parameter in network.parameters())
    made.module.model[0].weight.zero_()
    assert all(torch.equal(before[name], now) for name, now in network.state_dict().items())


def test_untrained_weights_must_be_called_so():
    assert not conditional().provenance.trained


def test_a_latent_shape_must_hold_the_latent():
    with pytest.raises(InputError, match="expected 100 numbers"):
        ModuleGenerator(DCGANGenerator(), GaussianPrior(100), WEIGHTS, latent_shape=(10, 1, 1))


def test_it_follows_its_device_and_dtype_as_any_module():
    made = conditional()
    assert made.to("meta").condition_label.device.type == "meta"


def test_its_weights_are_frozen_until_an_inversion_adapts_a_copy(deepinvs):
    assert not deepinvs.training
    assert not any(parameter.requires_grad for parameter in deepinvs.parameters())
    assert isinstance(deepinvs, Generator)
