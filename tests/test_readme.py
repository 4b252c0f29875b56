"""The README is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import skimage.data
import torch
from omegaconf import OmegaConf
from PIL import Image

from eglass.configuration.build import build
from eglass.workflows.photographs import simulate

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_what_it_links_to_is_there():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    missing = [link for link in links if "://" not in link and not (ROOT / link).exists()]
    assert missing == []


def test_the_method_names_code_that_is_there():
    docs = ROOT / "docs"
    rows = re.findall(r"\]\(([^)]+\.py)\)((?: `[\w.]+`,?)+)", (docs / "method.md").read_text())
    assert len(rows) >= 8
    for path, names in rows:
        code = (docs / path).read_text()
        for name in re.findall(r"`([\w.]+)`", names):
            assert f" {name.split('.')[-1]}" in code, f"{name} in {path}"


def test_its_targets_are_the_makefiles():
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"make ([a-z][a-z0-9-]*)", README)) <= targets | {"and"}


@pytest.mark.parametrize("guide", ["operator", "generator"])
def test_a_guide_s_configuration_is_complete(guide):
    text = (ROOT / "docs" / "guides" / f"{guide}.md").read_text()
    node = OmegaConf.create(re.findall(r"```yaml\n(.*?)```", text, re.S)[0])
    if guide == "operator":
        simulate(node, torch.rand(1, 3, 64, 64) * 2 - 1, seed=0)
    else:
        node.module = {"_target_": "deepinv.models.gan.DCGANGenerator", "output_size": 64}
        node.weights = "random"
        assert build(node).image_size == (3, 64, 64)


def test_its_example_runs_as_written_in_another_folder(tmp_path, monkeypatch):
    (example,) = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len(example.strip().splitlines()) <= 12
    monkeypatch.chdir(tmp_path)
    face = Image.fromarray(skimage.data.astronaut()[40:180, 160:300])
    face.save("me.jpg")
    names: dict = {}
    exec(example, names)
    saved = sorted(path.name for path in (tmp_path / "faces").iterdir())
    assert saved == [*(f"{n:02}.png" for n in range(1, 11)), "solutions.csv", "solutions.png"]
    table = names["solutions"].table
    assert len(table) == 10
    assert table["feasible"].all()
    assert table["lpips"].mean() > 0.02
