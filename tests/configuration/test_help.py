"""`--help` says what a command does, what its keys are, and how it is typed."""

from __future__ import annotations

import re
import shlex
import sys

import pytest

from eglass.cli import COMMANDS
from eglass.configuration import command
from eglass.configuration.checking import check
from eglass.configuration.help import help_text
from tests.configuration import job
from tests.configuration.composing import EXPERIMENTS, ROOTS, composed, root_of

#: Every page that is a command, and the root of `conf/` that it is composed from.
PAGES = {
    page: root
    for path in sorted(EXPERIMENTS.rglob("*.py"))
    for page in [path.relative_to(EXPERIMENTS).with_suffix("").as_posix()]
    if (root := root_of(page.replace("/", "."))) is not None
}


def told(root: str, *overrides: str) -> dict[str, str]:
    """Return what is said of each setting."""
    settings = help_text("x", root, overrides).split("Settings: ")[1]
    entries = re.findall(r"^  ([\w.]+)=.*\n((?:      .*\n?)*)", settings, re.M)
    return {key: " ".join(words.split()) for key, words in entries}


def test_what_a_key_is_comes_from_the_docstring_of_what_it_makes():
    says = told("explore")
    assert says["explorer.max_step"] == "Largest step η. Expected: a finite number above 0."
    # Said of a base class, and of a function that the docstring refers to.
    assert says["inversion.adaptation_steps"].startswith("Budget of stage 2")
    assert says["explorer.k"].startswith("How many top eigenvectors of H_Y")
    # Another choice has other keys.
    assert "explorer.barrier" in told("explore", "explorer=repulsion")


def test_other_keys_come_from_the_comment_above_them_or_from_the_schema():
    says = told("config")
    assert says["timing.step"].startswith("The step η of its ten solutions, both ways")
    assert says["seed"].startswith("Of everything that is drawn at random.")


@pytest.mark.parametrize("root", ROOTS)
def test_most_settings_are_explained(root):
    says = told(root)
    unexplained = [key for key, words in says.items() if not words.split("Expected:")[0].strip()]
    assert len(unexplained) < 0.1 * len(says), unexplained


@pytest.mark.parametrize("page", PAGES)
def test_a_page_ends_its_docstring_with_three_examples_that_pass(page):
    text = (EXPERIMENTS / f"{page}.py").read_text().split('"""')[1]
    examples = re.findall(r"^    (\S.*)$", text, re.M)
    assert len(examples) == 3
    for example in examples:
        words = shlex.split(example)
        if words[0] == "eglass":
            told = COMMANDS[words[1]]
            assert told.page.replace(".", "/") in (page, page.removesuffix("/__main__"))
            overrides = [each for each in told.before if each != "--multirun"] + words[2:]
        else:
            assert words[2] == f"experiments.{page.replace('/', '.')}"
            overrides = words[3:]
        # Of many jobs, the first; plugins of Hydra's are not at hand here.
        overrides = [
            re.sub(r"range\(\d+\)", "0", each) for each in overrides if not each.startswith("hydra")
        ]
        check(composed(PAGES[page], *overrides), PAGES[page])


def test_it_is_printed_and_nothing_is_run(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["job", "--help", "explorer=repulsion"])
    with pytest.raises(SystemExit) as ending:
        command(job.main, "explore")
    assert not ending.value.code
    shown = capsys.readouterr().out
    assert shown.startswith("A command that does nothing")
    assert "explorer=repulsion; or algorithm1, algorithm1_sphere" in shown
    assert "composed" not in shown


def test_files_of_one_s_own_are_explained_as_well(tmp_path, monkeypatch, capsys):
    (tmp_path / "explorer").mkdir()
    file = "_target_: my_package.Jitter\n# How far.\nlength: 3.5\n"
    (tmp_path / "explorer" / "jitter.yaml").write_text(file)
    monkeypatch.setattr(
        sys, "argv", ["job", "--help", "--config-dir", str(tmp_path), "explorer=jitter"]
    )
    with pytest.raises(SystemExit) as ending:
        command(job.main, "explore")
    assert not ending.value.code
    assert "explorer.length=3.5" in capsys.readouterr().out


def test_a_slip_in_its_arguments_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["job", "--help", "explorer=repulson"])
    with pytest.raises(SystemExit) as ending:
        command(job.main, "explore")
    assert ending.value.code == 2
    assert "did you mean explorer=repulsion?" in capsys.readouterr().err
