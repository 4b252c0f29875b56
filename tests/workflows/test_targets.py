"""Which targets there are: a photograph, samples by their seeds, images by their hashes."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from omegaconf import DictConfig, OmegaConf

from eglass.errors import InputError
from eglass.workflows import targets


def configured(**changes) -> DictConfig:
    photograph = {"name": "photograph", "path": None, "crop": None, "picture": "astronaut"}
    samples = {"count": 5, "first_seed": 1000, "folder": None, "crop": None}
    samples |= {"value_range": None, "shown": 0}
    base = {"target": photograph, "samples": samples, "shard": {"index": 0, "of": 1}}
    return OmegaConf.merge(base, OmegaConf.from_dotlist([f"{k}={v}" for k, v in changes.items()]))


def names(found: list[targets.Target]) -> list[str]:
    return [target["name"] for target in found]


def test_the_photograph_comes_first_and_samples_have_seeds_of_their_own():
    first, *others = targets.targets(configured(), "any")
    assert targets.kind(first) == "photograph"
    assert {targets.kind(each) for each in others} == {"sample"}
    assert [each["seed"] for each in others] == [1000, 1001, 1002, 1003, 1004]
    assert len(set(names(others))) == 5


def test_a_folder_s_images_take_the_place_of_samples_and_nothing_else_in_it(tmp_path: Path):
    for name in ("b 1.jpg", "a.PNG", "notes.txt"):
        (tmp_path / name).write_text(name)
    cfg = configured()
    cfg.samples.folder, cfg.samples.crop = str(tmp_path), [0.0, 0.0, 0.5, 1.0]
    found = targets.samples(cfg)
    assert names(found) == ["a.PNG", "b 1.jpg"]
    assert {targets.kind(each) for each in found} == {"image"}
    assert found[0]["crop"] == [0.0, 0.0, 0.5, 1.0]
    assert found[0]["sha256"] == sha256(b"a.PNG").hexdigest()


def test_another_photograph_under_the_same_name_is_another_target(tmp_path: Path):
    cfg = configured()
    cfg.target.path = str(tmp_path / "me.png")
    (tmp_path / "me.png").write_text("one")
    before = targets.photograph(cfg, "any")
    (tmp_path / "me.png").write_text("two")
    assert targets.photograph(cfg, "any") != before


def test_a_problem_may_have_a_photograph_of_its_own():
    cat = {"name": "photograph", "path": None, "picture": "chelsea"}
    cfg = OmegaConf.create({"target": {"super_resolution": cat, "inpainting": cat | {"name": "b"}}})
    assert targets.photograph(cfg, "super_resolution")["name"] == "photograph"
    assert targets.photograph(cfg, "inpainting")["name"] == "b"


def test_figures_show_the_photograph_and_the_sample_that_is_asked_for():
    cfg = configured(**{"samples.shown": 3})
    assert names(targets.shown_targets(cfg, "any")) == ["photograph", "sample-003"]


def test_of_fewer_samples_the_last_is_shown():
    cfg = configured(**{"samples.shown": 5})
    assert names(targets.shown_targets(cfg, "any")) == ["photograph", "sample-004"]


def test_shards_share_the_targets_out_and_forget_none():
    parts = [
        targets.shard(configured(**{"shard.of": 4, "shard.index": i}), "any") for i in range(4)
    ]
    together = [name for part in parts for name in names(part)]
    assert sorted(together) == sorted(names(targets.targets(configured(), "any")))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_what_is_not_there_is_named(tmp_path: Path):
    cfg = configured()
    cfg.target.path = str(tmp_path / "none.jpg")
    with pytest.raises(InputError, match=r"no image at .*none.jpg"):
        targets.photograph(cfg, "any")
    cfg.samples.folder = str(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"no folder at .*nowhere"):
        targets.samples(cfg)
    cfg.samples.folder = str(tmp_path)
    with pytest.raises(InputError, match=r"no image in .*expected files named \.png"):
        targets.samples(cfg)
