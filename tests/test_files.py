"""Files and folders appear whole or not at all."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from eglass import files
from eglass.files import set_aside, sha256, sweep, whole_file, whole_folder


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


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_newer_folder_takes_the_place_of_an_older_one_at_once(tmp_path: Path, monkeypatch):
    place, seen = tmp_path / "here", []
    for text in ("old", "new"):
        with whole_folder(place) as draft:
            write_folder(draft, text)
    assert (place / "a.txt").read_text() == "new"
    assert names(tmp_path) == ["here"]
    # Nothing is renamed away: at no moment is there neither.
    monkeypatch.setattr(Path, "replace", lambda *given: seen.append(given))
    with whole_folder(place) as draft:
        write_folder(draft, "newest")
    assert (place / "a.txt").read_text() == "newest"
    assert seen == []


def test_where_folders_cannot_change_places_the_older_one_goes_out_of_the_way(
    tmp_path: Path, monkeypatch
):
    monkeypatch.setattr("eglass.files._change_places", lambda *_: False)
    for text in ("old", "new"):
        with whole_folder(tmp_path / "here") as draft:
            write_folder(draft, text)
    assert (tmp_path / "here" / "a.txt").read_text() == "new"
    assert names(tmp_path) == ["here"]


@pytest.mark.parametrize("exchanges", [True, False])
def test_of_many_that_write_one_folder_at_once_one_is_there_whole(
    exchanges, tmp_path: Path, monkeypatch
):
    if not exchanges:
        monkeypatch.setattr("eglass.files._change_places", lambda *_: False)

    def write(number: int) -> None:
        for _ in range(20):
            with whole_folder(tmp_path / "here") as draft:
                for name in "abc":
                    (draft / name).write_text(str(number))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(write, range(4))) == [None] * 4
    assert names(tmp_path) == ["here"]
    assert len({(tmp_path / "here" / name).read_text() for name in "abc"}) == 1


@pytest.fixture
def dead() -> int:
    """Return the number of a process that has ended."""
    with subprocess.Popen(["true"]) as process:
        return process.pid


def draft_of(process: int, place: Path, ending: str = "") -> Path:
    """Leave what a process would while it writes a folder, and return it."""
    draft = place.with_name(f".draft-{files._host()}-{process}-0a1b2c3d-{place.name}{ending}")
    draft.mkdir(parents=True)
    (draft / "a.txt").write_text("old")
    return draft


def test_what_dead_processes_left_is_swept_and_what_living_ones_write_is_not(tmp_path, dead):
    gone = draft_of(dead, tmp_path / "records" / "inpainting" / "here")
    alive = draft_of(os.getpid(), tmp_path / "records" / "there")
    half = gone.with_name(gone.name.replace("here", "table.csv"))
    half.touch()
    elsewhere = alive.with_name(f".draft-another-{dead}-0a1b2c3d-there")
    elsewhere.touch()
    sweep(tmp_path)
    assert not gone.exists()
    assert not half.exists()
    assert alive.exists()
    assert elsewhere.exists()


def test_an_older_folder_that_was_out_of_the_way_is_put_back(tmp_path, dead):
    draft_of(dead, tmp_path / "here", files._OLDER)
    draft_of(dead, tmp_path / "here")
    sweep(tmp_path)
    assert names(tmp_path) == ["here"]
    assert (tmp_path / "here" / "a.txt").read_text() == "old"


def test_drafts_of_one_process_are_told_apart(tmp_path):
    with whole_folder(tmp_path / "here") as one, whole_folder(tmp_path / "here") as other:
        write_folder(one, "one")
        write_folder(other, "other")
    assert (tmp_path / "here" / "a.txt").read_text() == "one"


def test_what_is_written_is_flushed_before_it_has_its_name(tmp_path, monkeypatch):
    flushed = []

    def note(descriptor: int) -> None:
        flushed.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)

    monkeypatch.setattr(os, "fsync", note)
    with whole_folder(tmp_path / "here") as draft:
        write_folder(draft, "all")
    assert flushed == ["a.txt", draft.name, tmp_path.name]


def test_what_is_damaged_is_set_aside_under_names_that_are_free(tmp_path):
    for text in ("one", "two"):
        (tmp_path / "here").write_text(text)
        set_aside(tmp_path / "here")
    assert names(tmp_path) == ["here.damaged", "here.damaged2"]


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
