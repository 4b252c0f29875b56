"""Every Hydra configuration composes, and its parts can be made."""

from __future__ import annotations

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from eglass.exploration import SolutionExplorer
from experiments.building import build

CONF = Path(__file__).parents[2] / "conf"
ROOTS = [path.stem for path in CONF.glob("*.yaml") if path.stem not in ("common", "paper")]
#: Groups that `config.yaml` and `explore.yaml` choose from by this name.
GROUPS = [
    path.name
    for path in CONF.iterdir()
    if path.is_dir() and path.name not in ("problem", "hydra", "sweeps")
]
CHOICES = [(group, path.stem) for group in GROUPS for path in sorted((CONF / group).glob("*.yaml"))]


def composed(root: str, *overrides: str):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose(root, overrides=list(overrides))


@pytest.mark.parametrize("root", ROOTS)
def test_the_roots_compose(root):
    assert OmegaConf.to_container(composed(root), resolve=True)


@pytest.mark.parametrize(("group", "choice"), CHOICES)
def test_every_choice_composes(group, choice):
    cfg = composed("config", f"{group}={choice}")
    assert OmegaConf.to_container(cfg, resolve=True)


@pytest.mark.parametrize("problem", [path.stem for path in (CONF / "problem").glob("*.yaml")])
def test_every_problem_composes_and_builds_its_operator(problem):
    cfg = composed("explore", f"problem={problem}")
    assert cfg.problem.name == problem
    build(cfg.problem.physics, img_size=(3, 64, 64), device="cpu")


@pytest.mark.parametrize("group", ["inversion", "baseline"])
def test_inversions_and_baselines_can_be_made(group):
    for path in (CONF / group).glob("*.yaml"):
        made = build(composed("config", f"{group}={path.stem}")[group])
        assert callable(made)


@pytest.mark.parametrize("path", sorted((CONF / "explorer").glob("*.yaml")), ids=lambda p: p.stem)
def test_explorers_can_be_made_and_are_all_compared(path):
    cfg = composed("explore", f"explorer={path.stem}")
    assert isinstance(build(cfg.explorer), SolutionExplorer)
    assert path.stem in composed("config").compare.explorers


def test_a_profile_has_the_last_word_over_defaults_and_the_user_over_it():
    assert composed("config", "profile=smoke").samples.count == 2
    assert composed("config", "profile=smoke", "samples.count=3").samples.count == 3


def test_the_papers_problems_have_a_generator_each():
    cfg = composed("config", "profile=paper", "generator.weights=random")
    assert "BigGAN" in cfg.generator.super_resolution._target_
    assert "PGGAN" in cfg.generator.inpainting._target_
    for problem in cfg.problems:
        assert cfg.generator[problem].weights == "random"


def test_the_papers_numbers_are_where_they_should_be():
    paper = composed("config").paper
    assert paper.super_resolution.pulse_seconds == 3.5e4
    assert paper.inpainting.eglass_l2 == [1.2e-3, 2.0e-3]
