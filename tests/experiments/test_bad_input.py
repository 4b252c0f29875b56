"""What only networks and files can tell of an input: one clear line, before any long computation.

Types, ranges and unknown keys are refused before that: `tests/configuration`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eglass.inversion.minimisation import Minimisation
from experiments import compare, explore, gallery, reproduce
from tests.experiments.running import run


def too_late(*_, **__):
    raise AssertionError("a long computation has begun")


@pytest.fixture
def refused(monkeypatch, capsys, tmp_path: Path):
    """Run a command that must fail, and return the one line that it says."""

    def refused(page, *overrides: str) -> str:
        monkeypatch.setattr(Minimisation, "minimise", too_late)
        with pytest.raises(SystemExit) as ending:
            run(page, f"results={tmp_path / 'results'}", *overrides)
        assert ending.value.code == 2
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert line.startswith("error: ")
        assert not (tmp_path / "results").exists()
        return line

    return refused


@pytest.mark.parametrize(
    ("overrides", "complaint"),
    [
        (["explorer.K=[101]"], "explorer.K is 101"),
        (["problems.inpainting.physics.box=[0,0,1,1]"], "deletes every pixel"),
        (["generator.weights=no/such/file"], "no weight file"),
        (["samples.folder=no/such"], "no folder at no/such"),
    ],
)
def test_settings_that_do_not_fit_the_networks_or_the_disk_are_named(refused, overrides, complaint):
    assert complaint in refused(reproduce, *overrides)


def test_an_explorer_that_is_compared_is_tried_too(refused):
    line = refused(compare, "compare.explorers.random_directions.last_K=400")
    assert "compare.explorers.random_directions.last_K is 400" in line


def test_a_problem_of_the_gallery_is_tried_before_the_first_is_explored(refused):
    line = refused(gallery, "problems.inpainting.physics.box=[0,0,1,1]")
    assert "deletes every pixel" in line


def test_an_operator_that_is_not_linear_is_named(refused):
    absolute = "{_target_:torch.abs,_partial_:true}"
    physics = f"{{_target_:eglass.problems.operators.LinearFunction,A:{absolute}}}"
    line = refused(explore, "~problem.physics", f"+problem.physics={physics}")
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
    # The third of them, which no figure shows.
    for name in ("a.png", "b.png"):
        Image.fromarray(np.zeros((70, 70, 3), np.uint8)).save(tmp_path / name)
    (tmp_path / "c.png").write_text("not an image")
    assert "c.png is not an image" in refused(reproduce, f"samples.folder={tmp_path}")


def test_a_mask_of_another_size_is_named(refused, tmp_path: Path):
    Image.fromarray(np.zeros((10, 10), np.uint8)).save(tmp_path / "mask.png")
    line = refused(
        explore, "problem.physics.box=null", f"problem.physics.mask={tmp_path / 'mask.png'}"
    )
    assert "64×64" in line


def test_weights_that_are_altered_are_named(refused, tmp_path: Path, monkeypatch):
    path = tmp_path / "weights.tar"
    path.write_bytes(b"altered")
    monkeypatch.setattr("eglass.weights.files.packaged_file", lambda *_: path)
    assert "altered" in refused(explore)
