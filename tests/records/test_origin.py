"""A record is of its settings, of the files that they name, and of the networks' weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from eglass.records import Origin, Record, fingerprint

CONFIG = {"K": [8, 12], "seed": 0}


def networks(**digests: str | None) -> dict[str, dict[str, str | None]]:
    return {name: {"source": "w.pth", "sha256": digest} for name, digest in digests.items()}


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[[Origin], Path]:
    """Record something of an origin, and return where."""

    def recorded(origin: Origin) -> Path:
        Record(dict(origin.meta)).save(tmp_path / "record")
        return tmp_path / "record"

    return recorded


def test_a_record_counts_for_its_own_settings_only(recorded, tmp_path):
    assert not Origin.of(CONFIG).made(tmp_path / "record")
    place = recorded(Origin.of(CONFIG))
    # JSON has no tuples: what is compared is what would be written.
    assert Origin.of(CONFIG | {"K": (8, 12)}).made(place)
    assert not Origin.of(CONFIG | {"seed": 1}).made(place)
    assert not Origin.of({"seed": 0}).made(place)


def test_one_that_is_cut_short_does_not_count(recorded):
    path = recorded(Origin.of(CONFIG)) / "record.json"
    path.write_text(path.read_text()[:20])
    assert not Origin.of(CONFIG).made(path.parent)


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
    assert not Origin.of(config).made(place)
    assert Origin.of(config).fingerprint != before.fingerprint
    path.write_text("one")
    assert Origin.of(config).made(place)


def test_where_the_weights_are_not_at_hand_the_settings_decide(recorded, tmp_path):
    path = tmp_path / "w.pth"
    path.write_text("one")
    config = {"generator": {"weights": str(path)}}
    place = recorded(Origin.of(config, networks(generator="ab", perceptual="cd")))
    path.unlink()
    assert Origin.of(config).made(place)
    assert not Origin.of(config | {"seed": 1}).made(place)


def test_other_networks_are_another_origin_whatever_they_are_called(recorded):
    place = recorded(Origin.of(CONFIG, networks(generator="ab", perceptual="cd")))
    assert Origin.of(CONFIG, networks(generator="ab", perceptual="cd")).made(place)
    assert not Origin.of(CONFIG, networks(generator="ab", perceptual="ef")).made(place)
    # Random weights, or those that come with a module: their settings decide.
    assert Origin.of(CONFIG, networks(generator="ab", perceptual=None)).made(place)


def test_a_record_that_names_no_weights_is_not_of_these(recorded):
    place = recorded(Origin.of(CONFIG))
    assert not Origin.of(CONFIG, networks(generator="ab")).made(place)


def test_equal_data_have_equal_names():
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})
