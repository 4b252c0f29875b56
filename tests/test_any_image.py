"""Images of any channels, height and width, and any metric, go the whole way."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import eglass
from eglass.geometry import pullback_metrics
from eglass.perceptual import LPIPS, Layers, PerceptualMetric, Pixels, WeightedSum
from eglass.reporting.exploration_figures import consensus_figure, set_figure
from eglass.reporting.figures import edge_figure, loss_figure
from eglass.reporting.geometry_figures import coupling_figure, spectrum_figure

SIZES = [(1, 40, 40), (2, 36, 48), (3, 48, 36), (5, 40, 40)]


class Painter(nn.Module):
    """A smooth map from latents to images: what is tested needs no training."""

    def __init__(self, channels: int, height: int, width: int, latent: int = 6):
        super().__init__()
        rng = torch.Generator().manual_seed(channels)
        shape = channels, height, width
        waves = torch.randn(latent, *shape, generator=rng).flatten(0, 1)[:, None]
        smooth = nn.functional.avg_pool2d(waves, 9, 1, 4)[:, 0].unflatten(0, (latent, channels))
        self.waves = nn.Parameter(3 * smooth)

    def forward(self, latents):
        return torch.tanh(torch.einsum("bl,lchw->bchw", latents, self.waves))


def painter(size) -> eglass.ModuleGenerator:
    return eglass.ModuleGenerator(Painter(*size), eglass.GaussianPrior(6), "random")


def metric(name: str, channels: int) -> PerceptualMetric:
    if name == "pixels":
        return Pixels()
    if name == "lpips":
        return LPIPS("alex")
    network = nn.Sequential(nn.Conv2d(channels, 4, 3), nn.SiLU(), nn.Conv2d(4, 4, 3, 2))
    torch.manual_seed(0)
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.2)
    layers = Layers(network, ["0", "2"], "random", normalised=name == "normalised layers")
    return WeightedSum([layers, Pixels()], [0.5, 2.0]) if name == "sum" else layers


def measured(generator: eglass.ModuleGenerator, seed: int = 3) -> eglass.Problem:
    operator = eglass.Downsampling(img_size=generator.image_size, factor=4, filter="bicubic")
    image = generator(generator.sample(1, torch.Generator().manual_seed(seed)))
    return eglass.Problem.simulate(operator, image)


def by_double_backward(function, z0):
    """½ ∂²‖f(z) − f(z0)‖², by differentiating the gradient."""
    at = function(z0).detach()
    return torch.autograd.functional.hessian(lambda z: (function(z) - at).square().sum() / 2, z0)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["pixels", "lpips", "layers", "normalised layers", "sum"])
def test_both_metrics_are_the_hessians_for_any_image_and_any_perceptual_metric(size, name):
    generator, perceptual = painter(size), metric(name, size[0])
    problem, z0 = measured(generator), torch.linspace(-1, 1, 6)
    H_Y, H_X = pullback_metrics(generator, problem, perceptual, z0)
    expected_Y = by_double_backward(lambda z: problem.residual(generator(z[None])), z0)
    expected_X = by_double_backward(lambda z: perceptual.features(generator(z[None])), z0)
    for found, expected in ((H_Y, expected_Y), (H_X, expected_X)):
        assert expected.norm() > 0
        assert (found - expected).norm() < 1e-5 * expected.norm()


@pytest.mark.parametrize("size", SIZES)
def test_the_metric_of_plain_pixels_has_a_closed_form(size):
    generator, z0 = painter(size), torch.linspace(-1, 1, 6)
    _, H_X = pullback_metrics(generator, measured(generator), Pixels(), z0)
    image = generator(z0[None])[0]
    J = (generator.module.waves * (1 - image**2)).flatten(1).T / 2
    assert torch.allclose(H_X, J.T @ J / image.numel(), rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("size", SIZES)
def test_a_distance_is_that_of_features_and_zero_of_an_image_to_itself(size):
    generator = painter(size)
    a, b = generator(generator.sample(2, torch.Generator().manual_seed(0))).split(1)
    for name in ("pixels", "lpips", "layers", "sum"):
        d = metric(name, size[0])
        assert float(d(a, a)) == 0
        assert float(d(a, b)) > 0
    assert float(Pixels()(a, b)) == pytest.approx(float(((a - b) / 2).square().mean()), rel=1e-5)


@pytest.mark.parametrize("size", SIZES)
def test_an_exploration_and_its_figures_take_any_image(size):
    generator, perceptual = painter(size), Pixels()
    problem, rng = measured(generator), torch.Generator().manual_seed(0)
    inversion = eglass.ImageAdaptiveInversion(scouts=0, starts=2, steps=30, adaptation_steps=0)
    start = eglass.find_start(problem, generator, perceptual, inversion=inversion, rng=rng)
    explorer = eglass.Algorithm1(K=[2, 3], k=1)
    found = eglass.explore(start, explorer, count=4, rng=rng)
    assert found.images.shape == (4, *size)
    about = {
        "problem": {"name": "small", "title": "Small"},
        "target": {"name": "x", "kind": "image"},
    }
    record = eglass.exploration_record(
        start, [found], shown=explorer, about=about, target=generator(start.z0[None])
    )
    assert record.arrays["solution_images"].shape == (4, *size[1:], 3)
    for draw in (edge_figure, set_figure, consensus_figure, spectrum_figure, loss_figure):
        assert draw(record).axes
    assert coupling_figure(record).axes


def test_channels_are_shown_as_configured():
    images = torch.stack([torch.full((4, 4), v) for v in (-1.0, 0.0, 1.0, 0.5)])[None]
    assert eglass.to_pixels(images, (2, 3, 0))[0, 0, 0].tolist() == [255, 191, 0]
    assert eglass.to_pixels(images[:, :1])[0, 0, 0].tolist() == [0, 0, 0]
    assert eglass.to_pixels(images[:, 1:3])[0, 0, 0].tolist() == [128, 255, 255]


def test_channels_that_the_generator_does_not_make_cannot_be_shown():
    with pytest.raises(eglass.InputError, match=r"shown is \[0, 1, 2\]: .* from 0 to 1"):
        eglass.ModuleGenerator(
            Painter(2, 36, 48), eglass.GaussianPrior(6), "random", shown=(0, 1, 2)
        )


def test_a_layer_that_the_network_does_not_have_is_named():
    with pytest.raises(eglass.InputError, match=r"features\.9"):
        Layers(nn.Sequential(nn.Conv2d(1, 1, 1)), ["features.9"], "random")


@pytest.mark.parametrize("weights", [[1.0], [1.0, 0.0], [1.0, -1.0]])
def test_a_sum_wants_a_positive_weight_for_each_metric(weights):
    with pytest.raises(eglass.InputError, match="weight above 0"):
        WeightedSum([Pixels(), Pixels()], weights)


def test_sixteen_bits_are_read_without_loss_and_arrays_by_their_range(tmp_path):
    from PIL import Image

    deep = np.random.default_rng(0).integers(0, 65536, (20, 30), dtype=np.uint16)
    for name in ("a.png", "a.tif"):
        Image.fromarray(deep).save(tmp_path / name)
        read = eglass.read_photograph(tmp_path / name, 1)
        assert np.abs((read.numpy()[0] + 1) * 32767.5 - deep).max() < 0.01
    np.save(tmp_path / "a.npy", np.stack([deep / 100.0 - 50, deep / 50.0], -1))
    with pytest.raises(eglass.InputError, match="give value_range"):
        eglass.read_photograph(tmp_path / "a.npy", 2)
    read = eglass.read_photograph(str(tmp_path / "a.npy"), 2, value_range=(-50, 1311))
    assert np.allclose((read[0].numpy() + 1) / 2 * 1361 - 50, deep / 100.0 - 50, atol=1e-2)
    with pytest.raises(eglass.InputError, match="has 2 channels: expected 3"):
        eglass.read_photograph(tmp_path / "a.npy", 3, value_range=(-50, 1311))
