"""What all targets of a run share is loaded once."""

from __future__ import annotations

import pytest
import torch
from omegaconf import OmegaConf

from eglass.errors import InputError
from eglass.workflows.networks import networks, torch_device

SMALL = {
    "_target_": "eglass.generators.PGGAN.pretrained",
    "resolution": 32,
    "latent_dim": 64,
    "max_channels": 32,
    "weights": "random",
}


def configured(generator: dict, inversion: str = "ImageAdaptiveInversion"):
    return OmegaConf.create(
        {
            "device": "cpu",
            "generator": generator,
            "perceptual": {"_target_": "eglass.perceptual.LPIPS", "net": "alex"},
            "inversion": {"_target_": f"eglass.inversion.{inversion}"},
            "geometry": {"_target_": "eglass.geometry.ExactGeometry", "memory_gb": None},
        }
    )


def test_problems_of_one_generator_share_it_and_the_metric():
    one, two = networks(configured(SMALL), ["inpainting", "super_resolution"]).values()
    assert one.generator is two.generator
    assert one.perceptual is two.perceptual


def test_problems_of_different_generators_have_their_own_and_share_the_inversion():
    larger = SMALL | {"max_channels": 16}
    cfg = configured({"inpainting": SMALL, "super_resolution": larger, "again": SMALL})
    nets = networks(cfg, ["inpainting", "super_resolution", "again"])
    assert nets["inpainting"].generator is not nets["super_resolution"].generator
    assert nets["inpainting"].generator is nets["again"].generator
    # It may keep what it learns of an operator.
    assert nets["inpainting"].inversion is nets["super_resolution"].inversion


def test_another_inversion_goes_before_the_configuration_s_own():
    other = OmegaConf.create({"_target_": "eglass.inversion.BankInversion"})
    assert (
        type(networks(configured(SMALL), ["a"], other)["a"].inversion).__name__ == "BankInversion"
    )


def test_a_gpu_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert torch_device("auto") == torch.device("cpu")
    with pytest.raises(InputError, match="device is cuda, but PyTorch sees no GPU"):
        torch_device("cuda")
