"""Other people's weights: found, checked, and read without running them."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from eglass.errors import InputError
from eglass.generators import DCGAN, weights


class Mischief:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_a_missing_package_is_named_with_its_remedy():
    with pytest.raises(InputError, match="make setup"):
        weights.packaged_file("no_such_package", "weights.tar", "no-such-package==1.0")


def test_an_altered_file_is_refused(tmp_path: Path):
    path = tmp_path / "weights.tar"
    path.write_bytes(b"altered")
    with pytest.raises(InputError, match="altered"):
        weights.check(path, "0" * 64)


def test_an_altered_installed_file_is_refused(tmp_path: Path, monkeypatch):
    path = tmp_path / "weights.tar"
    path.write_bytes(b"altered")
    monkeypatch.setattr(weights, "packaged_file", lambda *_: path)
    with pytest.raises(InputError, match="altered"):
        DCGAN.pretrained()


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
