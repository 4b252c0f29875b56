"""A checkpoint is read whole or not at all, and nothing of it is executed."""

from __future__ import annotations

import io
import pickle
import random
from pathlib import Path

import pytest
import torch

from eglass.errors import InputError
from eglass.weights.checkpoints import Checkpoints, _WholeFiles, read

STATE = {"latents": torch.arange(12.0), "step": 3}


class Hostile:
    """Makes a file where it is unpickled."""

    def __init__(self, proof: Path):
        self.proof = proof

    def __reduce__(self):
        return (Path.touch, (self.proof,))


@pytest.fixture
def write(tmp_path):
    """Write a checkpoint of a step, as a Trainer does, and return its path."""

    def write(step: int = 3, search: str = "search") -> Path:
        path = tmp_path / search / "latent.ckpt"
        _WholeFiles().save_checkpoint(STATE | {"step": step}, path)
        return path

    return write


def test_it_comes_back_as_it_was(write):
    found = read(write())
    assert torch.equal(found["latents"], STATE["latents"])
    assert found["step"] == 3


def test_one_that_is_altered_anywhere_is_not_read(write):
    path, rng = write(), random.Random(0)
    data = path.read_bytes()
    for _ in range(500):
        i = rng.randrange(len(data))
        flipped = data[:i] + bytes([data[i] ^ (1 << rng.randrange(8))]) + data[i + 1 :]
        path.write_bytes(rng.choice([flipped, data[:i], data[i + 1 :], data + b"0"]))
        with pytest.raises(InputError, match="damaged"):
            read(path)


def test_the_search_goes_on_from_the_last_good_one(write, capsys):
    path = write(1)
    write(2)
    checkpoints = Checkpoints(path.parent, "latent")
    assert read(checkpoints.last())["step"] == 2
    path.write_bytes(path.read_bytes()[:-5])
    assert read(checkpoints.last())["step"] == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(f"kept as {path}.damaged")
    checkpoints.last().write_bytes(b"")
    assert checkpoints.last() is None
    assert Checkpoints(None, "latent").last() is None


def test_one_of_another_search_is_set_aside(write, capsys):
    other = write(search="other")
    here = other.parents[1] / "search" / "latent.ckpt"
    here.parent.mkdir()
    here.write_bytes(other.read_bytes())
    assert Checkpoints(here.parent, "latent").last() is None
    assert "of another search" in capsys.readouterr().err


@pytest.mark.parametrize("save", [torch.save, pickle.dump])
def test_a_foreign_file_is_set_aside_and_not_executed(write, save, tmp_path):
    path, proof = write(), tmp_path / "proof"
    with path.open("wb") as file:
        save({"state": Hostile(proof)}, file)
    assert Checkpoints(path.parent, "latent").last() is None
    assert not proof.exists()


def test_even_one_with_the_right_sum_is_not_executed(tmp_path):
    path, proof = tmp_path / "search" / "latent.ckpt", tmp_path / "proof"
    _WholeFiles().save_checkpoint({"state": Hostile(proof)}, path)
    assert Checkpoints(path.parent, "latent").last() is None
    torch.load(
        io.BytesIO(path.with_name("latent.ckpt.damaged").read_bytes()[32:]), weights_only=False
    )
    # So it would have been.
    assert proof.exists()


def test_a_write_that_fails_leaves_the_older_one(write, monkeypatch):
    def full(*_):
        raise OSError("full")

    path = write(1)
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="full"):
        write(2)
    assert read(path)["step"] == 1
    assert [each.name for each in path.parent.iterdir()] == [path.name]
