"""The command `eglass`: every word leads to a page, with the arguments that belong to it."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from eglass import cli
from eglass.weights import WHEELS, missing

ROOT = Path(__file__).parents[1]


@pytest.fixture
def ran(monkeypatch):
    """Return the pages that run in place of the real ones, and their arguments."""
    pages = []
    monkeypatch.setattr(cli, "_run", lambda _, page, given: pages.append((page, list(given))))
    return pages


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_is_a_page_that_says_what_it_does(name):
    command = cli.COMMANDS[name]
    assert importlib.util.find_spec(f"{cli.PAGES}.{command.page}") is not None
    assert 20 < len(command.summary) < 100
    assert f"  {name} " in cli.usage()


def test_every_page_has_a_command():
    pages = {path.stem for path in (ROOT / "experiments").glob("*.py")} - {"__init__"}
    assert pages <= {command.page for command in cli.COMMANDS.values()}


def test_settings_go_to_the_page(ran):
    cli.main(["explore", "problem=inpainting"])
    assert ran == [("explore", ["problem=inpainting"])]


def test_what_is_typed_comes_in_place_of_what_a_command_brings(ran):
    cli.main(["phantoms", "size=[1,32,32]"])
    ((page, given),) = ran
    assert page == "train"
    assert "images=phantoms" in given
    assert [each for each in given if each.startswith("size=")] == ["size=[1,32,32]"]


def test_a_sweep_is_of_many_jobs_and_ends_in_its_report(ran):
    cli.main(["sweep", "--config-dir", "mine", "eta=3", "results=here"])
    assert ran == [
        ("sweep", ["--multirun", "--config-dir", "mine", "eta=3", "results=here"]),
        ("sweep_report", ["results=here"]),
    ]


def test_another_action_of_hydra_takes_its_place(ran):
    cli.main(["sweep", "--cfg", "job"])
    assert ran == [("sweep", ["--cfg", "job"])]


def test_what_is_cited_is_what_the_citation_file_says(capsys):
    cli.main(["cite"])
    printed = " ".join(re.sub(r"[{}]", "", capsys.readouterr().out).split())
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    (paper,) = cff["references"]
    authors = [f"{each['family-names']}, {each['given-names']}" for each in paper["authors"]]
    said = [paper["title"], " and ".join(authors), paper["identifiers"][0]["value"].split(":")[1]]
    said += [cff["title"], cff["authors"][0]["name"], f"= {cff['version']}", cff["license"]]
    assert [each for each in said if each not in printed] == []


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_lists_the_commands(arguments, capsys):
    cli.main(arguments)
    assert "reproduce" in capsys.readouterr().out


def test_a_word_that_is_none_is_refused_on_one_line(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["explor"])
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "did you mean explore?" in error


def test_help_imports_nothing_heavy():
    script = "from eglass.cli import main; main([]); import sys; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    modules = set(ast.literal_eval(done.stdout.splitlines()[-1]))
    assert not modules & {"torch", "hydra", "numpy", "pydantic"}


def test_a_reader_who_leaves_early_is_no_bug():
    script = """
import runpy
from eglass import cli
def leaves(*_, **__):
    raise BrokenPipeError
runpy.run_module = leaves
cli.main(["explore"])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_shell_completes_commands_and_settings(tmp_path):
    (tmp_path / "eglass").write_text(
        f'#!/bin/sh\nexec {sys.executable} -m eglass "$@"\n', encoding="utf-8"
    )
    (tmp_path / "eglass").chmod(0o755)
    script = f"""
PATH={tmp_path}:$PATH
eval "$(eglass completion)"
COMP_WORDS=(eglass repr); COMP_CWORD=1; _eglass; echo ${{COMPREPLY[@]}}
COMP_LINE="eglass explore problem=inp"; COMP_POINT=${{#COMP_LINE}}
COMP_WORDS=($COMP_LINE); COMP_CWORD=2; export COMP_POINT; _eglass; echo ${{COMPREPLY[@]}}
"""
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert done.stdout.splitlines() == ["reproduce", "problem=inpainting"]


def test_the_package_has_all_rooms_and_the_configuration():
    text = (ROOT / "pyproject.toml").read_text()
    listed = re.search(r"^packages = \[(.*?)^\]", text, re.S | re.M)[1]
    places = {"eglass": ROOT / "eglass", "eglass.experiments": ROOT / "experiments"}
    rooms = {
        ".".join([package, *path.parent.relative_to(place).parts])
        for package, place in places.items()
        for path in place.rglob("__init__.py")
    }
    assert set(re.findall(r'"(.+?)"', listed)) == rooms | {"eglass.conf"}


def test_weights_that_are_not_installed_are_known(monkeypatch):
    assert missing() == []
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert missing() == list(WHEELS)
