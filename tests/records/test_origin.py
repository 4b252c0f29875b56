"""A record is of its settings, of the files that they name, and of the networks' weights."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from eglass.records import Origin, Record, Standing, fingerprint

CONFIG = {"K": [8, 12], "seed": 0}


def networks(**digests: str | None) -> dict[str, dict[str, str | None]]:
    return {name: {"source": "w.pth", "sha256": digest} for name, digest in digests.items()}


def is_current(origin: Origin, place: Path) -> bool:
    return origin.standing(place) is Standing.CURRENT


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[[Origin], Path]:
    """Record something of an origin, and return where."""

    def recorded(origin: Origin) -> Path:
        Record(dict(origin.meta)).save(tmp_path / "record")
        return tmp_path / "record"

    return recorded


def test_a_record_counts_for_its_own_settings_only(recorded, tmp_path):
    assert not is_current(Origin.of(CONFIG), tmp_path / "record")
    place = recorded(Origin.of(CONFIG))
    # JSON has no tuples: what is compared is what would be written.
    assert is_current(Origin.of(CONFIG | {"K": (8, 12)}), place)
    assert not is_current(Origin.of(CONFIG | {"seed": 1}), place)
    assert not is_current(Origin.of({"seed": 0}), place)


@pytest.mark.parametrize(
    ("other", "standing"),
    [
        ({}, Standing.CURRENT),
        ({"code": "0" * 16}, Standing.CODE),
        ({"inputs": {"generator": "cd"}}, Standing.INPUTS),
        ({"config": {"seed": 1}}, Standing.CONFIGURATION),
        ({"meaning": 0}, Standing.MEANING),
        ({"meaning": 0, "code": "0" * 16}, Standing.MEANING),
    ],
)
def test_it_is_said_what_a_record_differs_in(other, standing, tmp_path):
    origin = Origin.of(CONFIG, networks(generator="ab"))
    assert origin.standing(tmp_path / "record") is Standing.MISSING
    Record(origin.meta | other).save(tmp_path / "record")
    assert origin.standing(tmp_path / "record") is standing


def test_an_operator_of_ones_own_is_a_file_that_a_setting_names(recorded, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "my_blur.py").write_text("def blur(x): return x")
    (tmp_path / "my_package").mkdir()
    (tmp_path / "my_package" / "__init__.py").touch()
    (tmp_path / "my_package" / "mine.py").write_text("def blur(x): return x")
    for name in ("my_blur", "my_package.mine"):
        config = {"problem": {"physics": {"A": {"_target_": f"{name}.blur", "_partial_": True}}}}
        place = recorded(Origin.of(config))
        assert is_current(Origin.of(config), place)
        path = tmp_path.joinpath(*name.split(".")).with_suffix(".py")
        path.write_text("def blur(x): return x / 2")
        assert not is_current(Origin.of(config), place)
        assert name not in sys.modules
    assert Origin.of({"physics": {"_target_": "deepinv.physics.Blur"}}).inputs == {}


def test_one_that_is_cut_short_does_not_count(recorded):
    path = recorded(Origin.of(CONFIG)) / "record.json"
    path.write_text(path.read_text()[:20])
    assert not is_current(Origin.of(CONFIG), path.parent)


@pytest.mark.parametrize(
    "naming",
    [
        lambda path: {"generator": {"weights": str(path)}},
        lambda path: {"metrics": [{"physics": {"mask": str(path)}}]},
        lambda path: {"path": f"~/{path.name}"},
    ],
)
def test_other_contents_under_the_same_path_are_another_origin(
    naming, recorded, tmp_path, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / "w.pth"
    path.write_text("one")
    config = naming(path)
    before = Origin.of(config)
    place = recorded(before)
    path.write_text("two")
    assert not is_current(Origin.of(config), place)
    assert Origin.of(config).fingerprint != before.fingerprint
    path.write_text("one")
    assert is_current(Origin.of(config), place)


def test_where_the_weights_are_not_at_hand_the_settings_decide(recorded, tmp_path):
    path = tmp_path / "w.pth"
    path.write_text("one")
    config = {"generator": {"weights": str(path)}}
    place = recorded(Origin.of(config, networks(generator="ab", perceptual="cd")))
    path.unlink()
    assert is_current(Origin.of(config), place)
    assert not is_current(Origin.of(config | {"seed": 1}), place)


def test_other_networks_are_another_origin_whatever_they_are_called(recorded):
    place = recorded(Origin.of(CONFIG, networks(generator="ab", perceptual="cd")))
    assert is_current(Origin.of(CONFIG, networks(generator="ab", perceptual="cd")), place)
    assert not is_current(Origin.of(CONFIG, networks(generator="ab", perceptual="ef")), place)
    # Random weights, or those that come with a module: their settings decide.
    assert is_current(Origin.of(CONFIG, networks(generator="ab", perceptual=None)), place)


def test_a_record_that_names_no_weights_is_not_of_these(recorded):
    place = recorded(Origin.of(CONFIG))
    assert not is_current(Origin.of(CONFIG, networks(generator="ab")), place)


def test_equal_data_have_equal_names():
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})
