"""BigGAN-deep: what it promises as a generator, and that it loads what it should and no more."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path

import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch.func import jvp, vjp, vmap

from eglass.errors import InputError
from eglass.generators import BigGAN, biggan_network
from eglass.generators.biggan import class_number

SMALL = "biggan-deep-32"


@pytest.fixture(scope="module")
def small() -> BigGAN:
    return BigGAN.pretrained(SMALL, "random")


@pytest.fixture
def folder(small, tmp_path):
    """A published pair of files, as the package lays them out."""
    (tmp_path / "config.json").write_text(json.dumps(small.network.config.to_dict()))
    torch.save(small.network.state_dict(), tmp_path / "pytorch_model.bin")
    return tmp_path


def latents_of(generator, count):
    return generator.sample(count, torch.Generator().manual_seed(0))


def one_hot(number):
    return torch.nn.functional.one_hot(torch.tensor([number]), 1000).float()


@pytest.mark.parametrize(
    ("name", "millions"), [("biggan-deep-128", 50.4), ("biggan-deep-256", 55.9)]
)
def test_full_size_networks_have_the_published_number_of_parameters(name, millions):
    network = biggan_network._build(biggan_network.ARCHITECTURES[name], seed=0)
    count = sum(p.numel() for p in network.parameters())
    assert count / 1e6 == pytest.approx(millions, abs=0.05)


@pytest.mark.parametrize("name", biggan_network.ARCHITECTURES)
def test_architectures_make_images_of_the_size_in_their_name(name):
    with torch.device("meta"):
        network = biggan_network._build(biggan_network.ARCHITECTURES[name], seed=0)
    assert network.config.output_dim == int(name.rsplit("-", 1)[1])
    doublings = sum(doubles for doubles, *_ in network.config.layers)
    assert 4 * 2**doublings == network.config.output_dim


def test_images_are_those_of_the_packages_own_call(small):
    latents = latents_of(small, 2)
    expected = small.network(latents, one_hot(207).expand(2, -1), 1.0)
    assert torch.equal(small(latents), expected)


def test_latent_of_z_and_class_makes_the_same_image_from_the_classs_embedding(small):
    joint = BigGAN(small.network, class_=207, latent="z_and_class")
    latents = latents_of(small, 2)
    embedding = small.network.embeddings.weight[:, 207].expand(2, -1)
    assert joint.latent_dim == 2 * small.latent_dim
    torch.testing.assert_close(joint(torch.cat([latents, embedding], 1)), small(latents))


def test_class_changes_the_image_and_goes_by_name_or_number(small):
    cat = BigGAN(small.network, class_="Egyptian cat")
    latents = latents_of(small, 1)
    assert not torch.allclose(cat(latents), small(latents), atol=0.05)
    assert torch.equal(cat(latents), BigGAN(small.network, class_=285)(latents))


@pytest.mark.parametrize(
    ("name", "number"), [("tench", 0), ("golden retriever", 207), ("Tabby", 281)]
)
def test_class_names_have_imagenets_numbers(name, number):
    assert class_number(name) == number


def test_unknown_class_is_refused_with_the_names_that_are_close():
    with pytest.raises(InputError, match="golden retriever"):
        class_number("golden retreiver")
    with pytest.raises(InputError, match="expected 0 to 999"):
        class_number(1000)


def test_truncation_scales_the_prior_and_reaches_the_batch_norms(small):
    half = BigGAN(copy.deepcopy(small.network), class_=207, truncation=0.5)
    latents = latents_of(half, 500)
    assert latents.abs().max() <= 1.0
    # Statistics are stored for truncations 0, 0.02, … 1.
    half.network.generator.bn.running_means[25] += 1
    assert not torch.allclose(half(latents[:1]), small(latents[:1]), atol=0.01)
    half.truncation = 1.0
    assert torch.equal(half(latents[:1]), small(latents[:1]))


def test_settings_out_of_range_are_refused(small):
    for setting in ({"truncation": 0.0}, {"truncation": 1.5}, {"latent": "w"}, {"class_": None}):
        with pytest.raises(InputError):
            BigGAN(small.network, **({"class_": 0} | setting))
    with pytest.raises(InputError, match="biggan-deep-256"):
        BigGAN.pretrained("biggan", "random")


def test_the_configuration_builds_it(small):
    config = OmegaConf.load(Path(__file__).parents[2] / "conf/generator/biggan.yaml")
    generator = instantiate(config, name=SMALL, weights="random")
    assert torch.equal(generator(latents_of(small, 1)), small(latents_of(small, 1)))


def test_prior_of_z_and_class_draws_embeddings_of_classes(small):
    network = small.network
    any_class = BigGAN(network, latent="z_and_class", class_=None).prior
    one_class = BigGAN(network, latent="z_and_class", class_=207).prior
    rng = torch.Generator().manual_seed(0)
    z_dim = small.latent_dim
    drawn = any_class.sample(50, rng)[:, z_dim:]
    nearest = torch.cdist(drawn, network.embeddings.weight.T).min(1)
    assert nearest.values.max() < 0.05
    assert len(nearest.indices.unique()) > 40
    drawn = one_class.sample(5, rng)[:, z_dim:]
    assert torch.equal(drawn, network.embeddings.weight[:, 207].expand(5, -1))


def test_atypicality_of_z_and_class_is_a_standard_score(small):
    prior = BigGAN(small.network, latent="z_and_class", class_=None).prior
    latents = prior.sample(5000, torch.Generator().manual_seed(0))
    scores = prior.atypicality(latents)
    assert scores.mean().abs() < 0.1
    assert scores.std() == pytest.approx(1, abs=0.1)
    z_dim = small.latent_dim
    strange_z, strange_class = latents[:1].clone(), latents[:1].clone()
    strange_z[:, :z_dim] *= 2
    strange_class[:, z_dim:] *= 2
    assert prior.atypicality(strange_z) > 5
    assert prior.atypicality(strange_class) > 5


def test_random_weights_are_sane_untrained_and_repeat_with_the_seed(small):
    latents = latents_of(small, 8)
    images = small(latents)
    assert not small.provenance.trained
    assert images.isfinite().all()
    assert 0.1 < images.std() < 0.7
    assert (images.abs() > 0.99).float().mean() < 0.05
    assert images.std(0).mean() > 0.05
    assert torch.equal(BigGAN.pretrained(SMALL, "random")(latents), images)
    assert not torch.allclose(BigGAN.pretrained(SMALL, "random", seed=1)(latents), images, atol=0.1)


def test_random_weights_leave_the_global_random_state_alone():
    torch.manual_seed(123)
    before = torch.get_rng_state()
    BigGAN.pretrained(SMALL, "random")
    assert torch.equal(before, torch.get_rng_state())


def test_random_weights_have_spectral_norm_one(small):
    seen = []
    hooks = [
        module.register_forward_hook(
            lambda module, *_: seen.append(torch.linalg.matrix_norm(module.weight.flatten(1), 2))
        )
        for module in small.network.modules()
        if hasattr(module, "weight_orig")
    ]
    small(latents_of(small, 1))
    for hook in hooks:
        hook.remove()
    assert len(seen) > 40
    assert torch.stack(seen).sub(1).abs().max() < 0.2


@pytest.mark.parametrize("latent", ["z", "z_and_class"])
def test_forward_mode_under_vmap_agrees_with_reverse_mode(small, latent):
    generator = BigGAN(small.network, class_=207, latent=latent)
    z, tangents = latents_of(generator, 1), torch.randn(4, 1, generator.latent_dim)
    columns = vmap(lambda t: jvp(generator, (z,), (t,))[1])(tangents)
    images, pull_back = vjp(generator, z)
    rows = torch.randn(3, *images.shape)
    expected = torch.stack([pull_back(row)[0] for row in rows]).flatten(1) @ tangents.flatten(1).T
    actual = rows.flatten(1) @ columns.flatten(1).T
    torch.testing.assert_close(actual, expected, atol=1e-3, rtol=1e-3)
    assert expected.abs().min() > 0.01


def test_it_can_be_copied_after_forward_mode_and_after_a_call_with_gradients(small):
    z = latents_of(small, 1)
    vmap(lambda t: jvp(small, (z,), (t,))[1])(torch.randn(2, *z.shape))
    adapted = copy.deepcopy(small).requires_grad_(True)
    adapted(z).sum().backward()
    assert torch.equal(copy.deepcopy(adapted)(z), small(z))


def test_weights_are_adapted_behind_their_spectral_norm(small):
    adapted = copy.deepcopy(small).requires_grad_(True)
    z = latents_of(small, 1)
    before = small(z)
    target = before.detach().roll(4, -1)
    optimiser = torch.optim.Adam(adapted.parameters(), lr=1e-3)
    losses = []
    for _ in range(10):
        optimiser.zero_grad()
        loss = torch.nn.functional.mse_loss(adapted(z), target)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.9 * losses[0]
    assert torch.equal(small(z), before)
    originals = [m.weight_orig for m in adapted.network.modules() if hasattr(m, "weight_orig")]
    assert all(weight.grad.norm() > 0 for weight in originals)
    # σ is differentiated too: scaling a weight behind its norm changes nothing.
    inner = sum((weight * weight.grad).sum() for weight in originals)
    norms = sum(weight.norm() * weight.grad.norm() for weight in originals)
    assert inner.abs() < 1e-3 * norms


def test_a_folder_with_the_packages_files_gives_the_same_generator(small, folder):
    loaded = BigGAN.pretrained(SMALL, folder)
    latents = latents_of(small, 2)
    assert torch.equal(loaded(latents), small(latents))
    assert loaded.provenance.trained
    assert len(loaded.provenance.sha256) == 64


@pytest.mark.parametrize("place", ["own", "package"])
def test_published_weights_are_found_in_either_cache(place, small, folder, tmp_path, monkeypatch):
    from pytorch_pretrained_biggan import file_utils, model

    monkeypatch.setenv("EGLASS_CACHE", str(tmp_path / "own"))
    monkeypatch.setattr(file_utils, "PYTORCH_PRETRAINED_BIGGAN_CACHE", tmp_path / "package")
    links = {file: f"https://localhost/{file}" for file in ("config.json", "pytorch_model.bin")}
    monkeypatch.setitem(model.PRETRAINED_CONFIG_ARCHIVE_MAP, SMALL, links["config.json"])
    monkeypatch.setitem(model.PRETRAINED_MODEL_ARCHIVE_MAP, SMALL, links["pytorch_model.bin"])
    for file, link in links.items():
        hashed = file_utils.url_to_filename(link, etag="version")
        path = tmp_path / {"own": f"own/{SMALL}/{file}", "package": f"package/{hashed}"}[place]
        path.parent.mkdir(parents=True, exist_ok=True)
        (folder / file).rename(path)
        # The package keeps notes beside a file; here, of a version that is gone, too.
        for notes in (path.name, f"{file_utils.url_to_filename(link)}.0"):
            path.with_name(f"{notes}.json").write_text("{}")
    loaded = BigGAN.pretrained(SMALL, download=False)
    assert torch.equal(loaded(latents_of(small, 1)), small(latents_of(small, 1)))


def test_missing_or_unexpected_keys_are_refused(small, folder):
    state = small.network.state_dict()
    key = "generator.layers.0.conv_0.weight_orig"
    lacking = {k: v for k, v in state.items() if k != key}
    torch.save(lacking, folder / "pytorch_model.bin")
    with pytest.raises(InputError, match=f"lacks keys .*{key}"):
        BigGAN.pretrained(SMALL, folder)
    torch.save(state | {"generator.extra": torch.zeros(1)}, folder / "pytorch_model.bin")
    with pytest.raises(InputError, match=r"unknown keys .*generator\.extra"):
        BigGAN.pretrained(SMALL, folder)
    torch.save(state | {key: torch.zeros(1, 2, 1, 1)}, folder / "pytorch_model.bin")
    with pytest.raises(InputError, match="wrong shape"):
        BigGAN.pretrained(SMALL, folder)


def test_weights_of_another_size_are_refused_with_the_name_to_give(folder):
    with pytest.raises(InputError, match=r"generator\.name=biggan-deep-32"):
        BigGAN.pretrained("biggan-deep-256", folder)


@pytest.mark.parametrize("config", ["", "[]", "{}", '{"layers": 3}', "3"])
def test_a_damaged_configuration_is_refused_in_one_line(config, folder):
    (folder / "config.json").write_text(config)
    with pytest.raises(InputError) as refusal:
        BigGAN.pretrained(SMALL, folder)
    assert "\n" not in str(refusal.value)


def test_a_weight_file_that_would_run_code_is_refused(folder, tmp_path):
    canary = tmp_path / "canary"

    class Attack:
        def __reduce__(self):
            return os.system, (f"touch {canary}",)

    torch.save({"network": Attack()}, folder / "pytorch_model.bin")
    with pytest.raises(InputError, match="plain tensors"):
        BigGAN.pretrained(SMALL, folder)
    assert not canary.exists()
