"""What is trained is the same for a seed, goes on where it was interrupted, and is a generator."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.functional import interpolate

from eglass import InputError
from eglass.generators import check_generator
from eglass.training import Decoder, Images, Training, encoded_errors, nearest, split, train
from eglass.training.flow import Flow

TINY = Training(latent_dim=6, width=4, steps=60, batch=8, lr=5e-3, prior_steps=30, every=10)
SIZES = [(1, 16, 16), (1, 24, 40), (2, 20, 12)]


def blobs(size, count: int = 48) -> Images:
    """Smooth images that differ in a few numbers."""
    rng = torch.Generator().manual_seed(0)
    coarse = 3 * torch.randn(count, size[0], 2, 2, generator=rng)
    return split(interpolate(coarse, size[1:], mode="bilinear").tanh(), 0.2, rng)


@pytest.fixture(scope="module")
def trained():
    return {size: train(blobs(size), TINY, seed=3) for size in SIZES}


def state(of) -> list[torch.Tensor]:
    return list(of.decoder.state_dict().values())


def equal(one, other) -> bool:
    return all(torch.equal(a, b) for a, b in zip(state(one), state(other)))


class Stop(Exception):
    pass


@pytest.mark.parametrize("size", SIZES)
def test_what_comes_out_is_a_generator(trained, size):
    decoder = trained[size].decoder
    assert check_generator(decoder) == size == decoder.image_size
    assert decoder.sample(2, torch.Generator()).shape == (2, 6)
    assert not any(parameter.requires_grad for parameter in decoder.parameters())


@pytest.mark.parametrize("size", SIZES)
def test_the_held_out_get_better_and_nearest_ones_are_nearer_still(trained, size):
    found = trained[size]
    held_out = blobs(size).held_out
    judged = found.history.query("stage == 'autoencoder'")["held_out"]
    assert judged.min() < 0.9 * judged.iloc[0]
    errors = encoded_errors(found, held_out)
    torch.testing.assert_close(float(errors.mean()), judged.min(), rtol=1e-4, atol=0)
    _, searched = nearest(found, held_out)
    assert searched.mean() < errors.mean()


def test_a_seed_is_a_generator(trained):
    size = SIZES[0]
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    assert equal(train(blobs(size), TINY, seed=3), trained[size])
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not equal(train(blobs(size), TINY, seed=4), trained[size])


@pytest.mark.parametrize(("stage", "step"), [("autoencoder", 30), ("prior", 20)])
def test_what_was_interrupted_goes_on_as_if_it_had_not_been(trained, tmp_path, stage, step):
    size, reports = SIZES[0], []

    def interrupt(name, done, total, l2=None):
        if (name, done) == (stage, step):
            raise Stop

    def note(name, done, total, l2=None):
        reports.append((name, done, total))

    with pytest.raises(Stop):
        train(blobs(size), TINY, seed=3, workdir=tmp_path, progress=interrupt)
    again = train(blobs(size), TINY, seed=3, workdir=tmp_path, progress=note)
    assert equal(again, trained[size])
    assert next(report for report in reports if report[0] == stage)[1] == step + 10
    assert reports[-1] == ("prior", 30, 30)
    assert again.history.equals(trained[size].history)


def test_a_stage_ends_when_the_held_out_are_no_better(trained):
    settings = replace(TINY, steps=2000, lr=1e-8, prior_steps=10, every=5, patience=2)
    found = train(blobs(SIZES[0]), settings)
    judged = found.history.query("stage == 'autoencoder'")
    assert judged["step"].max() < 2000
    assert judged["held_out"].to_numpy().argmin() == len(judged) - 3


def test_a_training_that_diverges_says_so():
    with pytest.raises(InputError, match="lower its learning rate, 1e\\+30"):
        train(blobs(SIZES[0]), replace(TINY, lr=1e30, every=40))


def test_samples_of_the_prior_look_like_the_images(trained):
    """Without the flow, codes are elsewhere: held-out images have likelier codes with it."""
    for found in trained.values():
        judged = found.history.query("stage == 'prior'")["held_out"]
        assert judged.min() < judged.iloc[0]


def test_a_file_of_weights_is_the_decoder_again(trained, tmp_path):
    for size, found in trained.items():
        found.decoder.save(tmp_path / "decoder.safetensors")
        again = Decoder.load(tmp_path / "decoder.safetensors")
        latents = again.sample(3, torch.Generator().manual_seed(0))
        assert torch.equal(again(latents), found.decoder(latents))
        assert again.image_size == size
        assert again.provenance.trained
        assert len(again.provenance.sha256) == 64
        assert not again.training


def test_other_files_are_refused_by_name(trained, tmp_path):
    path = tmp_path / "weights.safetensors"
    with pytest.raises(InputError, match="train a generator first"):
        Decoder.load(path)
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"weights\.safetensors is not a decoder's"):
        Decoder.load(path)
    save_file({"a": torch.zeros(2)}, path)
    with pytest.raises(InputError, match=r"weights\.safetensors is not a decoder's"):
        Decoder.load(path)
    found = next(iter(trained.values()))
    found.decoder.save(path)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(InputError, match=r"weights\.safetensors is not a decoder's"):
        Decoder.load(path)


@pytest.mark.parametrize("dim", [2, 5])
def test_the_flow_goes_back_the_way_it_came(dim):
    flow = Flow(dim, layers=3, hidden=16)
    for parameter in flow.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    flow.fit_scale(3 * torch.randn(50, dim) + 1)
    z = torch.randn(4, dim)
    codes = flow(z)
    back, log_det = flow.latents(codes)
    torch.testing.assert_close(back, z, rtol=1e-4, atol=1e-4)

    def latent(code):
        return flow.latents(code[None])[0][0]

    jacobians = torch.stack(
        [torch.func.jacfwd(lambda x: flow.latents(x[None])[0][0])(c) for c in codes]
    )
    torch.testing.assert_close(log_det, torch.linalg.slogdet(jacobians)[1], rtol=1e-3, atol=1e-3)


def test_images_that_no_decoder_is_made_for_are_refused():
    with pytest.raises(InputError, match="sides of 8 to 128"):
        train(Images(torch.zeros(20, 1, 4, 16), torch.zeros(2, 1, 4, 16)), TINY)


@pytest.mark.parametrize("count", [0, 1])
def test_one_image_teaches_nothing(count):
    with pytest.raises(InputError, match=f"{count} images to train on: expected 2 or more"):
        train(Images(torch.zeros(count, 1, 16, 16), torch.zeros(2, 1, 16, 16)), TINY)


@pytest.mark.parametrize("name", ["batch", "latent_dim"])
def test_a_batch_and_a_latent_of_one_are_refused(name):
    with pytest.raises(InputError, match=f"{name} is 1: expected a whole number from 2 on"):
        Training(**{name: 1})


def test_mirrored_images_are_trained_on_too(trained):
    """Of images that all lean to one side, only a generator that saw them mirrored makes both."""
    ramp = torch.linspace(-1, 1, 16).expand(40, 1, 16, 16)
    lit = torch.linspace(0.3, 1, 40).view(-1, 1, 1, 1) * ramp
    images = Images(lit[4:], lit[:4])

    def leans(settings: Training) -> Tensor:
        decoder = train(images, settings).decoder
        with torch.no_grad():
            made = decoder(decoder.sample(64, torch.Generator().manual_seed(0)))
        return made[..., 8:].mean((1, 2, 3)) - made[..., :8].mean((1, 2, 3))

    assert (leans(TINY) > 0).float().mean() > 0.9
    assert 0.2 < (leans(replace(TINY, mirrored="sides")) > 0).float().mean() < 0.8


def test_what_is_written_may_be_read_by_whom_the_umask_lets(trained, tmp_path):
    usual = tmp_path / "usual"
    usual.touch()
    trained[SIZES[0]].decoder.save(tmp_path / "decoder.safetensors")
    assert (tmp_path / "decoder.safetensors").stat().st_mode == usual.stat().st_mode
