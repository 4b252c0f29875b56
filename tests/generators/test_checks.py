"""A generator that misbehaves is named, and so is the part of it that does."""

from __future__ import annotations

import pytest
import torch
from deepinv.models.gan import DCGANGenerator
from torch import nn

from eglass.errors import InputError
from eglass.generators import DCGAN, GaussianPrior, ModuleGenerator, check_generator


class Small(nn.Module):
    """Makes 8×8 images of 4 numbers, by way of one part that a test chooses."""

    def __init__(self, part: nn.Module | None = None):
        super().__init__()
        self.first = nn.Linear(4, 192)
        self.part = part or nn.Identity()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            nn.init.normal_(self.first.weight)

    def forward(self, z):
        return torch.tanh(self.part(self.first(z)).unflatten(1, (3, 8, 8)))


class AlwaysTraining(nn.BatchNorm1d):
    def train(self, mode=True):
        return super().train(True)


class FillsABuffer(nn.Module):
    def __init__(self):
        super().__init__()
        self.made = torch.zeros(2, 192)

    def forward(self, x):
        self.made[: len(x)] = x
        return self.made[: len(x)].clone()


class ScalesInPlace(nn.Module):
    def forward(self, z):
        return z.mul_(2)


class HasNoForwardMode(nn.Module):
    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    def forward(self, x):
        return self.Function.apply(x)


class HasAWrongForwardMode(nn.Module):
    class Function(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x):
            return x * 2

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

        @staticmethod
        def backward(ctx, g):
            return g * 2

        @staticmethod
        def jvp(ctx, t):
            return t

    def forward(self, x):
        return self.Function.apply(x)


class FailsAfterItsParts(Small):
    def forward(self, z):
        super().forward(z)
        raise RuntimeError("at the very end")


class LosesTheTangent(nn.Module):
    def forward(self, x):
        return x.detach()


class IsRandom(nn.Module):
    def forward(self, x):
        return x + torch.randn_like(x)


class CannotBeCopied(nn.Module):
    def __deepcopy__(self, memo):
        raise RuntimeError("there is only one of me")

    def forward(self, x):
        return x


class Apply(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def complaint(module: nn.Module, **options) -> str:
    with pytest.raises(InputError) as error:
        ModuleGenerator(module, GaussianPrior(4), "random", **options)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_small_module_is_none_that_misbehaves():
    assert ModuleGenerator(Small(), GaussianPrior(4), "random").image_size == (3, 8, 8)


def test_the_bundled_generator_is_none_that_misbehaves(generator):
    assert check_generator(generator) == 64


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (AlwaysTraining(192), "training mode, in module.part (AlwaysTraining)"),
        (nn.BatchNorm1d(192, track_running_stats=False), "single latent, in module.part (Batch"),
        (Apply(lambda x: x - x.mean(0)), "others of its batch, from module.part (Apply)"),
        (IsRandom(), "two images of one latent, from module.part (IsRandom)"),
        (FillsABuffer(), "forward mode, in module.part (FillsABuffer)"),
        (HasNoForwardMode(), "forward mode, in module.part (HasNoForwardMode)"),
        (HasAWrongForwardMode(), "other derivatives in forward than in reverse mode"),
        (LosesTheTangent(), "has no derivative"),
        (CannotBeCopied(), "cannot be copied"),
        (nn.Linear(7, 192), "fails, in module.part (Linear): RuntimeError"),
        (Apply(lambda x: x * torch.nan), "not finite"),
    ],
)
def test_the_part_that_misbehaves_is_named(part, words):
    assert words in complaint(Small(part))


def test_a_module_that_fails_by_itself_is_not_laid_to_its_parts():
    assert "fails, in module (FailsAfterItsParts): RuntimeError" in complaint(FailsAfterItsParts())


def test_a_generator_in_training_mode_is_told_to_leave_it():
    with pytest.raises(InputError, match=r"main.1 \(BatchNorm2d\): call eval"):
        check_generator(DCGAN(latent_dim=4, width=2).train())


def test_a_module_that_changes_its_latents_is_named():
    assert "changes its latents" in complaint(nn.Sequential(ScalesInPlace(), Small()))


@pytest.mark.parametrize(
    ("last", "shape"),
    [
        (nn.Flatten(), "[2, 192]"),
        (Apply(lambda x: x[:, :1]), "[2, 1, 8, 8]"),
        (Apply(lambda x: x[..., :4]), "[2, 3, 8, 4]"),
        (Apply(lambda x: x[:1]), "[1, 3, 8, 8]"),
    ],
)
def test_anything_but_square_images_in_colour_is_refused(last, shape):
    assert f"makes {shape}" in complaint(nn.Sequential(Small(), last))


@pytest.mark.parametrize(
    ("scale", "value_range"),
    [
        (lambda x: (x + 1) / 2, (-1, 1)),  # a sigmoid's range, not said
        (lambda x: (x + 1) * 127.5, (-1, 1)),  # pixels, not said
        (lambda x: (x + 1) * 127.5, (0, 1)),
        (lambda x: x, (0, 255)),  # said, but not so
    ],
)
def test_a_wrong_range_is_refused(scale, value_range):
    module = nn.Sequential(Small(), Apply(scale))
    assert "value_range" in complaint(module, value_range=value_range)


def test_a_module_without_parameters_is_refused():
    assert "no parameters" in complaint(Apply(lambda z: z[:, :3, None, None].expand(-1, -1, 8, 8)))


def test_activations_in_place_are_no_fault():
    generator = ModuleGenerator(
        DCGANGenerator(nz=4, ngf=2), GaussianPrior(4), "random", latent_shape=(4, 1, 1)
    )
    assert generator.image_size == (3, 64, 64)
