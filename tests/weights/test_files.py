"""Other people's weights: found, checked, and read without running them."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from eglass import weights
from eglass.errors import InputError
from eglass.records import sha256


class Mischief:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_a_missing_package_is_named_with_its_remedy():
    with pytest.raises(InputError, match="eglass weights"):
        weights.packaged_file("no_such_package", "weights.tar", "no-such-package==1.0")


def test_an_altered_file_is_refused(tmp_path: Path):
    path = tmp_path / "weights.tar"
    path.write_bytes(b"altered")
    with pytest.raises(InputError, match="altered"):
        weights.check(path, "0" * 64)


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch) -> weights.Packaged:
    """A file of an installed package."""
    (tmp_path / "weights_of_mine").mkdir()
    path = tmp_path / "weights_of_mine" / "net.pt"
    path.write_bytes(b"weights")
    monkeypatch.syspath_prepend(str(tmp_path))
    return weights.Packaged("weights_of_mine", "net.pt", "mine==1.0", sha256(path))


def test_an_installed_file_is_found_and_named_by_its_requirement(packaged):
    path, provenance = packaged.or_own(None)
    assert path.read_bytes() == b"weights"
    assert provenance == weights.Provenance("mine==1.0", packaged.sha256)


def test_an_altered_installed_file_is_refused(packaged):
    packaged.or_own(None)[0].write_bytes(b"altered")
    with pytest.raises(InputError, match="altered"):
        packaged.or_own(None)


def test_a_file_of_ones_own_takes_its_place(packaged, tmp_path: Path):
    own = tmp_path / "own.pt"
    own.write_bytes(b"mine")
    assert packaged.or_own(own) == (own, weights.Provenance("own.pt", sha256(own)))
    with pytest.raises(InputError, match="no weight file at"):
        packaged.or_own(tmp_path / "none.pt")


def test_a_checkpoint_with_a_foreign_class_is_refused_without_running_it(tmp_path: Path):
    trace = tmp_path / "trace"
    torch.save({"netG_state_dict": Mischief(trace)}, tmp_path / "weights.pt")
    with pytest.raises(InputError) as error:
        weights.load_tensors(tmp_path / "weights.pt")
    assert "\n" not in str(error.value)
    assert not trace.exists()


def test_arrays_with_a_foreign_class_are_refused_without_running_it(tmp_path: Path):
    trace = tmp_path / "trace"
    path = tmp_path / "alexnet.ckpt"
    path.write_bytes(pickle.dumps({"kernel": np.zeros(3), "more": Mischief(trace)}))
    with pytest.raises(InputError, match="not only arrays"):
        weights.load_arrays(path)
    assert not trace.exists()


def test_plain_arrays_are_read(tmp_path: Path):
    path = tmp_path / "alexnet.ckpt"
    path.write_bytes(pickle.dumps({"layer": {"kernel": np.arange(3)}}))
    assert weights.load_arrays(path)["layer"]["kernel"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("content", [b"", b"not a pickle", b"\x80\x04"])
def test_what_is_no_pickle_is_refused(tmp_path: Path, content):
    path = tmp_path / "broken"
    path.write_bytes(content)
    for load in (weights.load_arrays, weights.load_tensors):
        with pytest.raises(InputError):
            load(path)
