"""Files and folders appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from eglass.records import sha256, whole_file, whole_folder


def write_file(draft: Path, text: str) -> None:
    draft.write_text(text)


def write_folder(draft: Path, text: str) -> None:
    (draft / "a.txt").write_text(text)


@pytest.mark.parametrize(
    ("whole", "write"), [(whole_file, write_file), (whole_folder, write_folder)]
)
def test_what_fails_half_way_leaves_the_older_one_as_it_was(
    whole: Callable, write: Callable, tmp_path: Path
):
    place = tmp_path / "new" / "place"

    def fail() -> None:
        with whole(place) as draft:
            write(draft, "half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert list(tmp_path.rglob("*")) == [tmp_path / "new"]
    with whole(place) as draft:
        write(draft, "all")
        assert not place.exists()
    with pytest.raises(OSError, match="disk full"):
        fail()
    (path,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert path.read_text() == "all"


def test_what_a_killed_process_of_the_same_number_left_is_not_in_a_folder(tmp_path: Path):
    leftover = tmp_path / f".{os.getpid()}-here"
    leftover.mkdir()
    (leftover / "half.csv").touch()
    with whole_folder(tmp_path / "here") as draft:
        write_folder(draft, "all")
    assert [path.name for path in tmp_path.iterdir()] == ["here"]
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["a.txt"]


def test_the_hash_of_a_file_is_its_sha256(tmp_path: Path):
    (tmp_path / "abc").write_text("abc")
    # FIPS 180-2, appendix B.1.
    assert sha256(tmp_path / "abc").startswith("ba7816bf8f01cfea414140de5dae2223")


def test_a_file_is_hashed_again_only_when_it_has_changed(tmp_path: Path, monkeypatch):
    path, opened = tmp_path / "abc", []
    path.write_text("abc")
    read = Path.open
    monkeypatch.setattr(
        Path, "open", lambda *given, **how: opened.append(given) or read(*given, **how)
    )
    before = sha256(path)
    assert sha256(path) == before
    assert len(opened) == 1
    # As long, and as old.
    (tmp_path / "other").write_text("abd")
    os.utime(tmp_path / "other", ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    (tmp_path / "other").replace(path)
    assert sha256(path) != before
