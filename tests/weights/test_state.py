"""A state dict for any module, wherever in a checkpoint it is."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from deepinv.models.gan import DCGANGenerator
from safetensors.torch import save_file

from eglass.errors import InputError
from eglass.records import sha256
from eglass.weights.state import load_weights


def network() -> DCGANGenerator:
    return DCGANGenerator(nz=8, ngf=2)


def assert_same(one, other) -> None:
    assert one.state_dict().keys() == other.state_dict().keys()
    for name, value in one.state_dict().items():
        torch.testing.assert_close(value, other.state_dict()[name])


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        lambda state: {f"module.{key}": value for key, value in state.items()},
        lambda state: {"epoch": 3, "G_ema": state, "D": {"model.0.weight": torch.zeros(3)}},
        lambda state: {"a": {"b": {f"G.{key}": value for key, value in state.items()}}},
        lambda state: {k: v for k, v in state.items() if "num_batches" not in k},
    ],
)
def test_a_state_dict_is_found_wherever_it_is(tmp_path: Path, wrap):
    trained, loaded, path = network(), network(), tmp_path / "checkpoint.pt"
    torch.save(wrap(trained.state_dict()), path)
    provenance = load_weights(loaded, path)
    assert_same(loaded, trained)
    assert (provenance.source, provenance.trained) == ("checkpoint.pt", True)
    assert provenance.sha256 == sha256(path)


def test_safetensors_are_read(tmp_path: Path):
    trained, loaded = network(), network()
    save_file(trained.state_dict(), tmp_path / "weights.safetensors")
    load_weights(loaded, tmp_path / "weights.safetensors")
    assert_same(loaded, trained)


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state | {"more": torch.zeros(1)},
        lambda state: dict(list(state.items())[1:]),
        lambda state: state | {"model.0.weight": torch.zeros(8, 16, 3, 3)},
        lambda state: {},
    ],
)
def test_another_networks_weights_are_refused(tmp_path: Path, change):
    torch.save(change(dict(network().state_dict())), tmp_path / "other.pt")
    with pytest.raises(InputError, match=r"other\.pt has no state dict of DCGANGenerator"):
        load_weights(network(), tmp_path / "other.pt")


@pytest.mark.parametrize(("word", "trained"), [("included", True), ("random", False)])
def test_weights_that_the_module_has_already_are_left_as_they_are(word, trained):
    module, same = network(), network()
    same.load_state_dict(module.state_dict())
    provenance = load_weights(module, word)
    assert_same(module, same)
    assert provenance.trained == trained
    assert provenance.source.endswith("DCGANGenerator")
    assert provenance.sha256 is None


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(InputError, match=f"no weight file at {tmp_path}"):
        load_weights(network(), tmp_path / "none.pt")
