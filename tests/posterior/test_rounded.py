"""A copy in bfloat16: the same function, and the same sums where small images lie side by side."""

import pytest
import torch
from torch import nn

from eglass.generators import DCGAN
from eglass.posterior.rounded import NARROW, Rounded, SideBySide, is_sooner


@pytest.mark.parametrize("settings", [(4, 1, 0), (4, 2, 1), (3, 1, 1), (2, 2, 0)])
@pytest.mark.parametrize("size", [(1, 1), (4, 4), (5, 3), (2, NARROW + 1)])
def test_images_side_by_side_do_not_meet(settings, size, rng):
    layer = nn.ConvTranspose2d(5, 6, *settings).double()
    x = torch.randn(7, 5, *size, generator=rng, dtype=torch.double).requires_grad_()
    expected, taken = layer(x), []
    layer.register_forward_pre_hook(lambda _, given: taken.append(len(given[0])))
    y = SideBySide(layer)(x)
    assert taken == [1 if size[1] <= NARROW else 7]
    weights = torch.randn(expected.shape, generator=rng, dtype=torch.double)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close(
        *(torch.autograd.grad((out * weights).sum(), x)[0] for out in (y, expected))
    )


@pytest.mark.parametrize(
    "layer",
    [
        nn.ConvTranspose2d(2, 2, 4, dilation=2),
        nn.ConvTranspose2d(2, 2, 3, 2, 1),
        nn.ConvTranspose2d(2, 2, 3, 2, 0, output_padding=1),
        nn.Conv2d(2, 2, 3),
    ],
)
def test_what_does_not_fit_in_a_row_stays(layer):
    assert not SideBySide.fits(layer)


def test_a_generator_is_copied_and_all_of_its_small_layers_are_written_anew(rng):
    generator = DCGAN(latent_dim=10, width=4)
    for norm in [part for part in generator.modules() if isinstance(part, nn.BatchNorm2d)]:
        norm.running_mean.normal_(generator=rng)
        norm.running_var.uniform_(0.5, 2, generator=rng)
    z = torch.randn(9, 10, generator=rng)
    before = generator(z)
    rounded = Rounded(generator)
    kinds = [type(part) for part in rounded.modules()]
    assert kinds.count(SideBySide) == 5
    assert nn.BatchNorm2d not in kinds
    assert 0 < float((rounded(z) - before).abs().max()) < 0.02
    assert torch.equal(generator(z), before)


def test_norms_that_cannot_be_folded_stay(rng):
    torch.manual_seed(0)  # Of the weights: statistics of a batch may magnify what is rounded.
    generator = DCGAN(latent_dim=10, width=4)
    generator.main[1].train()
    generator.main[4] = nn.BatchNorm2d(16, track_running_stats=False).eval()
    nn.utils.spectral_norm(generator.main[6])
    rounded = Rounded(generator)
    kept = [i for i, part in enumerate(rounded._network.main) if isinstance(part, nn.BatchNorm2d)]
    assert kept == [1, 4, 7]
    z = torch.randn(9, 10, generator=rng)
    assert float((rounded(z) - generator(z)).square().mean().sqrt()) < 0.02


def test_only_what_multiplies_bfloat16_itself_is_sooner(monkeypatch):
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation
    )
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True)
    assert not is_sooner(torch.device("cuda"))
    assert is_sooner(torch.device("cpu"))
    assert not is_sooner(torch.device("mps"))
