"""Searching for latents by Adam: what is minimised, what is kept, and how it resumes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import torch

from eglass.inversion import ImageAdaptiveInversion, LatentSearch
from eglass.weights import checkpoints


def test_a_latent_search_is_plain_adam(generator, super_resolution, rng):
    starts = generator.sample(2, rng)
    search = LatentSearch(generator, super_resolution, starts, lr=0.1)
    search.minimise(4, "inversion")
    z = starts.clone().requires_grad_(True)
    adam = torch.optim.Adam([z], lr=0.1)
    for _ in range(4):
        adam.zero_grad()
        super_resolution.l2(generator(z)).sum().backward()
        adam.step()
    torch.testing.assert_close(search.latents.detach(), z.detach(), atol=1e-4, rtol=1e-4)


def test_the_prior_weight_is_the_weight_of_the_mean_square(generator, super_resolution, rng):
    starts = generator.sample(3, rng)
    search = LatentSearch(generator, super_resolution, starts, lr=0.1, prior_weight=0.3)
    l2 = torch.tensor([1.0, 2.0, 4.0])
    expected = 7 + 0.3 * starts.square().sum() / 100
    torch.testing.assert_close(search.objective(l2), expected)


def test_the_best_of_each_start_is_kept_not_the_last(generator, super_resolution, rng):
    search = LatentSearch(generator, super_resolution, generator.sample(2, rng), lr=5.0)
    search.minimise(6, "latent")
    losses = torch.stack(search.losses)
    torch.testing.assert_close(search.best_l2, losses.amin(0))
    assert (losses[-1] > search.best_l2).any()
    with torch.no_grad():
        l2 = super_resolution.l2(generator(search.best_latents))
    torch.testing.assert_close(l2, search.best_l2, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("enough", [1, 2])
def test_it_ends_once_enough_starts_have_arrived(generator, super_resolution, target, enough):
    z = generator.sample(1, torch.Generator().manual_seed(1000))
    far = generator.sample(1, torch.Generator().manual_seed(1))
    search = LatentSearch(
        generator, super_resolution, torch.cat([z, far]), lr=1e-3, stop_at=1e-3, enough=enough
    )
    search.minimise(3, "latent")
    assert len(search.losses) == (1 if enough == 1 else 3)


def test_the_history_has_a_row_a_step_and_start(generator, super_resolution, rng):
    search = LatentSearch(generator, super_resolution, generator.sample(2, rng), lr=0.1)
    search.minimise(4, "latent")
    history = search.history
    assert list(history.columns) == ["step", "start", "l2", "seconds"]
    rows = history[["step", "start"]].to_numpy().tolist()
    assert rows == [[step, start] for step in range(4) for start in range(2)]
    assert history["l2"].tolist() == pytest.approx(torch.stack(search.losses).flatten().tolist())
    assert history["seconds"].is_monotonic_increasing


def test_what_was_interrupted_resumes(generator, mouth, tmp_path: Path, monkeypatch):
    starts = generator.sample(2, torch.Generator().manual_seed(0))
    forward, calls = LatentSearch.images, []

    def search() -> LatentSearch:
        return LatentSearch(generator, mouth, starts, lr=0.1)

    def power_cut(self):
        calls.append(1)
        if len(calls) == 7:
            raise RuntimeError("power cut")
        return forward(self)

    whole = search()
    whole.minimise(10, "inversion")
    monkeypatch.setattr(LatentSearch, "images", power_cut)
    with pytest.raises(RuntimeError, match="power cut"):
        search().minimise(10, "inversion", tmp_path)
    again = search()
    again.minimise(10, "inversion", tmp_path)
    # Six steps before, four after.
    assert len(calls) == 7 + 4
    torch.testing.assert_close(again.latents, whole.latents)
    torch.testing.assert_close(torch.stack(again.losses), torch.stack(whole.losses))
    assert again.history["seconds"].is_monotonic_increasing


@pytest.mark.parametrize("stop_at", [1.0, None], ids=["near enough", "at the end of its budget"])
def test_what_was_interrupted_when_it_was_done_takes_no_further_step(
    generator, mouth, tmp_path: Path, stop_at
):
    starts = generator.sample(2, torch.Generator().manual_seed(0))

    def search() -> LatentSearch:
        return LatentSearch(generator, mouth, starts, lr=0.1, stop_at=stop_at)

    def power_cut(name, done, total, best=None):
        if done == total:
            raise RuntimeError("power cut")

    whole, again = search(), search()
    whole.minimise(3, "inversion")
    with pytest.raises(RuntimeError, match="power cut"):
        search().minimise(3, "inversion", tmp_path, power_cut)
    assert (tmp_path / "inversion.ckpt").exists()
    again.minimise(3, "inversion", tmp_path)
    assert len(again.losses) == len(whole.losses) == (3 if stop_at is None else 1)
    torch.testing.assert_close(again.latents, whole.latents)


def test_a_long_run_leaves_checkpoints(generator, mouth, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(checkpoints, "CHECKPOINT_EVERY", timedelta(seconds=0))
    LatentSearch(generator, mouth, torch.zeros(1, 100), lr=0.1).minimise(2, "inversion", tmp_path)
    assert (tmp_path / "inversion.ckpt").exists()


def test_it_is_quiet(generator, mouth, capfd, rng):
    ImageAdaptiveInversion(scouts=0, starts=1, steps=2, adaptation_steps=0)(generator, mouth, rng)
    printed = capfd.readouterr()
    assert printed.out == ""
    for noise in ("GPU", "Tip", "Warning", "warn", "max_epochs"):
        assert noise not in printed.err
