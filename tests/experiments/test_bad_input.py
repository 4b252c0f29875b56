"""Bad input gets one clear line and a non-zero exit, before any long computation."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from experiments.cli import command
from PIL import Image

from eglass.inversion.minimisation import Minimisation
from experiments import explore, reproduce


def too_late(*_):
    raise AssertionError("a long computation has begun")


@pytest.fixture
def refused(monkeypatch, capsys, tmp_path: Path):
    """Run a command that must fail, and return the one line that it says."""

    def run(module, *overrides: str) -> str:
        root = "explore" if module is explore else "config"
        argv = [module.__name__, f"results={tmp_path / 'results'}", *overrides]
        monkeypatch.setattr(sys, "argv", argv)
        monkeypatch.setattr(Minimisation, "minimise", too_late)
        capsys.readouterr()
        with pytest.raises(SystemExit) as ending:
            command(module.main, root)
        assert ending.value.code == 2
        lines = capsys.readouterr().err.strip().splitlines()
        assert len(lines) == 1, lines
        assert lines[0].startswith("error: ")
        assert not (tmp_path / "results").exists()
        return lines[0]

    return run


@pytest.mark.parametrize(
    ("overrides", "complaint"),
    [
        (["profile=huge"], "profile/huge"),
        (["no_such_key=1"], "no_such_key"),
        (["samples.count=0"], "samples.count is 0"),
        (["samples.shown=99"], "samples.shown is 99"),
        (["exploration.K=[0]"], "K is 0"),
        (["exploration.K=[101]"], "K is 101"),
        (["exploration.k=100"], "k is 100"),
        (["exploration.threshold=2"], "threshold is 2"),
        (["exploration.steps=[0]"], "step η is 0"),
        (["exploration.max_step=0"], "step η is 0"),
        (["problems.inpainting.shown_K=[500]"], "K is 500"),
        (["problems.inpainting.physics.box=[0,0,1,1]"], "deletes every pixel"),
        (["problems.inpainting.physics.box=[0.5,0.5,0.5,0.5]"], "deletes no pixel"),
        (["problems.inpainting.noise=-1"], "noise is -1"),
        (["problems.super_resolution.threshold=0"], "threshold is 0"),
        (["inversion.starts=0"], "starts is 0"),
        (["baseline.steps=0"], "steps is 0"),
        (["geometry.memory_gb=-1"], "memory_gb"),
        (["explorer=repulsion", "explorer.steps=0"], "steps is 0"),
        (["explorer=repulsion", "count=1"], "count is 1"),
        (["device=tpu"], "device is tpu"),
        (["tracking.mode=telepathy"], "telepathy"),
        (["generator.weights=no/such/file"], "no weight file"),
        (["target.picture=dragon"], "dragon"),
        (["samples.folder=no/such"], "no folder at no/such"),
    ],
)
def test_wrong_settings_are_named(refused, overrides, complaint):
    assert complaint in refused(reproduce, *overrides)


def test_an_operator_that_is_not_linear_is_named(refused):
    physics = (
        "_target_:eglass.problems.operators.LinearFunction,A:{_target_:torch.abs,_partial_:true}"
    )
    line = refused(explore, "~problem.physics", f"+problem.physics={{{physics}}}")
    assert "is not linear" in line


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        ("generator.value_range=[0,1]", "value_range"),
        ("generator.latent_shape=[100]", "fails, in module.model.0 (ConvTranspose2d)"),
    ],
)
def test_a_module_that_is_no_generator_is_named(refused, override, complaint):
    assert complaint in refused(explore, "generator=module", override)


def test_a_missing_photograph_is_named(refused, tmp_path: Path):
    line = refused(explore, f"target.path={tmp_path / 'none.jpg'}")
    assert "no image at" in line


def test_a_file_that_is_no_image_is_named(refused, tmp_path: Path):
    (tmp_path / "text.png").write_text("not an image")
    assert "is not an image" in refused(explore, f"target.path={tmp_path / 'text.png'}")


def test_a_folder_with_a_file_that_is_no_image_is_named_by_that_file(refused, tmp_path: Path):
    Image.fromarray(np.zeros((70, 70, 3), np.uint8)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_text("not an image")
    assert "b.png is not an image" in refused(reproduce, f"samples.folder={tmp_path}")


def test_a_mask_of_another_size_is_named(refused, tmp_path: Path):
    Image.fromarray(np.zeros((10, 10), np.uint8)).save(tmp_path / "mask.png")
    line = refused(
        explore, "problem.physics.box=null", f"problem.physics.mask={tmp_path / 'mask.png'}"
    )
    assert "64×64" in line


def test_weights_that_are_altered_are_named(refused, tmp_path: Path, monkeypatch):
    path = tmp_path / "weights.tar"
    path.write_bytes(b"altered")
    monkeypatch.setattr("eglass.weights.packaged_file", lambda *_: path)
    assert "altered" in refused(explore)
