"""What docs/ says is there, is there; and what is there, it says."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf

import eglass
from eglass.configuration.build import build
from eglass.errors import InputError
from eglass.generators import ModuleGenerator, StyleGenerator
from eglass.problems import read_measurement
from tests.configuration.composing import CHOICES, ROOTS
from tests.docs.site import blocks
from tests.synthetic_records import synthetic_record

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(DOCS.glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_links_to_is_there(page):
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    # What the site makes when it is built is not here.
    links = [link for link in links if "://" not in link and not link.startswith("generated/")]
    missing = [link for link in links if not (DOCS / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_code_that_a_page_names_is_there(page):
    named = re.findall(r"\[`([\w.]+)`\]\((\S+\.py)\)", page.read_text())
    for name, link in ((name, link) for name, link in named if not name.endswith(".py")):
        assert f" {name.split('.')[-1]}" in (DOCS / link).read_text(), name


def test_every_choice_of_every_group_is_named():
    text = (DOCS / "configuration.md").read_text()
    for each in CHOICES:
        group, choice = each.split("=")
        assert f"**`{group}`**" in text, group
        assert f"`{choice}`" in text, each
    for root in ROOTS:
        assert f"[`{root}`]" in text


def test_its_generators_can_be_made():
    text = (DOCS / "guides" / "generator.md").read_text()
    _, conditional, style = map(OmegaConf.create, re.findall(r"```yaml\n(.*?)```", text, re.S))
    for node, part, expected in (
        (conditional, "module", ModuleGenerator),
        (style, "network", StyleGenerator),
    ):
        target = {"module": "Conditional", "network": "Styled"}[part]
        node[part] = {"_target_": f"{__name__}.{target}"}
        node.weights = "random"
        assert isinstance(build(node), expected)


def test_the_page_on_records_names_all_that_is_in_one():
    text = (DOCS / "record.md").read_text()
    record = synthetic_record()
    columns = [column for table in record.tables.values() for column in table.columns]
    names = [*record.meta, *record.arrays, *columns, *(f"{name}.csv" for name in record.tables)]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_its_python_runs_as_it_stands(
    generator, perceptual, super_resolution, target, rng, tmp_path
):
    reads, makes = blocks(DOCS / "record.md", "python")
    short = eglass.ImageAdaptiveInversion(scouts=0, starts=1, steps=5, adaptation_steps=2)
    start = eglass.find_start(super_resolution, generator, perceptual, inversion=short, rng=rng)
    found = eglass.explore(start, eglass.Algorithm1(), count=2, rng=rng)
    names = {"eglass": eglass, "start": start, "found": found, "image": target}
    names["folder"] = tmp_path / "record"
    exec(makes, names)
    exec(reads, names)
    assert len(names["record"].tables["solutions"]) == 2


def test_the_page_on_measurements_is_true_as_it_is_typed(tmp_path, monkeypatch):
    text = (DOCS / "your_own_measurement.md").read_text()
    monkeypatch.chdir(tmp_path)
    makes, prints = re.findall(r'python -c "\n(.*?)"\n', text, re.S)
    exec(makes)
    exec(prints)
    (example,) = re.findall(r"```python\n(.*?)```", text, re.S)
    names: dict = {}
    exec(example.replace("steps=150", "steps=40"), names)
    assert len(names["solutions"]) == 10
    np.save("y.npy", np.zeros((9, 9, 3)))
    (line,) = re.findall(r"```text\nerror: (.*?)\n```", text)
    with pytest.raises(InputError) as refused:
        read_measurement("y.npy", names["physics"], names["size"])
    assert str(refused.value) == line


class Conditional(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.classes, self.pixels = torch.nn.Embedding(300, 128), torch.nn.Linear(128, 192)

    def forward(self, z, label):
        return torch.tanh(self.pixels(z + self.classes(label))).unflatten(1, (3, 8, 8))


class Styled(torch.nn.Module):
    class Mapping(torch.nn.Linear):
        def forward(self, z, truncation_psi):
            return truncation_psi * super().forward(z)

    class Synthesis(torch.nn.Linear):
        def forward(self, w, noise_mode):
            assert noise_mode == "const"
            return torch.tanh(super().forward(w)).unflatten(1, (3, 8, 8))

    def __init__(self):
        super().__init__()
        self.mapping, self.synthesis = self.Mapping(512, 64), self.Synthesis(64, 192)
