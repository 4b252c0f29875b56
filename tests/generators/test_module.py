"""Generators of libraries and people that know nothing of this project."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from deepinv.models.gan import DCGANGenerator
from safetensors.torch import save_file
from torch import nn

from eglass.errors import InputError
from eglass.exploration.start import algorithm1
from eglass.generators import DCGAN, GaussianPrior, ModuleGenerator, weights
from eglass.geometry import explore_geometry

WEIGHTS = weights.packaged_file("gan_face_generate", "weights.tar", "gan-face-generate")


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
        explore_geometry(each, super_resolution, perceptual, z0) for each in (generator, deepinvs)
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


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        lambda state: {f"module.{key}": value for key, value in state.items()},
        lambda state: {"epoch": 3, "G_ema": state, "D": {"model.0.weight": torch.zeros(3)}},
        lambda state: {k: v for k, v in state.items() if "num_batches" not in k},
    ],
)
def test_a_state_dict_is_found_wherever_it_is(tmp_path: Path, wrap, rng):
    module = DCGANGenerator(nz=8, ngf=2)
    torch.save(wrap(module.state_dict()), tmp_path / "checkpoint.pt")
    loaded = ModuleGenerator(
        DCGANGenerator(nz=8, ngf=2),
        GaussianPrior(8),
        tmp_path / "checkpoint.pt",
        latent_shape=(8, 1, 1),
    )
    latents = torch.randn(2, 8, generator=rng)
    expected = module.eval()(latents[:, :, None, None])
    torch.testing.assert_close(loaded(latents), expected)


def test_safetensors_are_read(tmp_path: Path, rng):
    module = DCGANGenerator(nz=8, ngf=2)
    save_file(module.state_dict(), tmp_path / "weights.safetensors")
    made = ModuleGenerator(
        DCGANGenerator(nz=8, ngf=2),
        GaussianPrior(8),
        tmp_path / "weights.safetensors",
        latent_shape=(8, 1, 1),
    )
    torch.testing.assert_close(made.module.model[0].weight, module.model[0].weight)


def test_another_networks_weights_are_refused():
    with pytest.raises(InputError, match="no state dict of DCGANGenerator"):
        ModuleGenerator(
            DCGANGenerator(ngf=8), GaussianPrior(100), WEIGHTS, latent_shape=(100, 1, 1)
        )


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
    assert isinstance(deepinvs, DCGAN.__bases__)
