"""Tensors of a checkpoint that also pickles foreign objects, none of which is run."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
import torch

from eglass.errors import InputError
from eglass.weights import foreign


def state() -> dict[str, torch.Tensor]:
    return {"weight": torch.randn(3, 4), "bias": torch.arange(4)}


class Config:
    """What a GAN zoo checkpoint pickles beside its tensors."""

    def __init__(self) -> None:
        self.alpha = 0
        self.depths = [512, 256]


class Attack:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def save(content, path: Path, *, zipped: bool = True) -> Path:
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return path


@pytest.mark.parametrize("zipped", [True, False])
def test_tensors_beside_a_foreign_object_are_read(zipped, tmp_path):
    ours = state()
    half = {"half": torch.arange(6).half().reshape(2, 3).T, "empty": torch.zeros(0, 2)}
    content = {"config": Config(), "avgG": ours, "parameter": torch.nn.Parameter(torch.ones(2))}
    path = save(content | half, tmp_path / "zoo.pth", zipped=zipped)
    read = foreign.load_tensors(path)
    assert set(read) == {"avgG", "parameter", "half", "empty"}
    for key, value in ours.items():
        torch.testing.assert_close(read["avgG"][key], value, rtol=0, atol=0)
    torch.testing.assert_close(read["half"], half["half"], rtol=0, atol=0)
    assert read["empty"].shape == (0, 2)


@pytest.mark.parametrize("zipped", [True, False])
def test_tensors_that_share_a_storage_share_it_again(zipped, tmp_path):
    whole = torch.arange(6.0)
    path = save({"whole": whole, "part": whole[2:4]}, tmp_path / "shared.pth", zipped=zipped)
    read = foreign.load_tensors(path)
    assert torch.equal(read["part"], whole[2:4])
    assert read["part"].untyped_storage().data_ptr() == read["whole"].untyped_storage().data_ptr()


@pytest.mark.parametrize("zipped", [True, False])
def test_a_malicious_pickle_is_read_without_being_run(zipped, tmp_path):
    canary = tmp_path / "canary"
    content = {"config": Attack(canary), "avgG": state()}
    path = save(content, tmp_path / "attack.pth", zipped=zipped)
    assert set(foreign.load_tensors(path)["avgG"]) == {"weight", "bias"}
    assert not canary.exists()
    # On purpose, of a file that this test has just written.
    torch.load(path, weights_only=False)
    assert canary.exists(), "the attack must be a real one"


def test_a_malicious_container_source_writes_no_patch(tmp_path, monkeypatch):
    # torch.load appends to a file that the checkpoint names, if a class asks it to "dump patches".
    monkeypatch.chdir(tmp_path)

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            if value is Config:
                return "module", torch._utils._rebuild_tensor_v2, "file", "source"
            return None

    path = tmp_path / "patch.pth"
    with path.open("wb") as file:
        for part in (0x1950A86A20F9469CFC6C, 1001, {}):
            pickle.dump(part, file, protocol=2)
        Pickler(file, protocol=2).dump({"module": Config})
        pickle.dump([], file, protocol=2)
    assert foreign.load_tensors(path) == {}
    assert os.listdir(tmp_path) == ["patch.pth"]


@pytest.mark.parametrize("content", [b"", b"not a pickle", b"PK\x03\x04", pickle.dumps({1: 2})])
def test_what_is_no_checkpoint_is_refused_in_one_line(content, tmp_path):
    path = tmp_path / "odd.pth"
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read") as refusal:
        foreign.load_tensors(path)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_truncated_checkpoint_is_refused(zipped, tmp_path):
    path = save({"w": torch.randn(2000)}, tmp_path / "cut.pth", zipped=zipped)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(InputError, match="cannot be read"):
        foreign.load_tensors(path)
