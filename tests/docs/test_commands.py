"""Every command that a page has one type is one, with settings that it takes."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from eglass.cli import COMMANDS
from eglass.configuration import CONF, check
from tests.configuration.composing import root_of
from tests.docs.site import PAGES, ROOT, blocks

TYPED = [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
OTHER_PROGRAMS = ("cd", "docker", "git", "pip", "pre-commit", "python", "wandb")


def lines(page: Path) -> list[str]:
    """Return the lines of a page's shell blocks, one for each command."""
    text = "\n".join(blocks(page, "sh")).replace("\\\n", " ")
    # What Python is given between quotes is not the shell's.
    text = re.sub(r'python -c "\n.*?"', "python", text, flags=re.S)
    return [line for line in text.splitlines() if line.strip()]


def spans(page: Path) -> list[str]:
    """Return the commands within a page's sentences that are whole."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)
    found = re.findall(r"`((?:make|eglass) [^`]*)`", prose)
    return [" ".join(each.split()) for each in found if not re.search(r"[…|]|\.\.\.", each)]


COMMANDS_OF_PAGES = sorted(
    {
        each.strip()
        for page in TYPED
        for line in [*lines(page), *spans(page)]
        for each in re.split(r"&&|;|\|", line.split(" #")[0])
    }
)


def made(words: list[str]) -> list[list[str]]:
    """Return the commands of ours that make would run, each in words."""
    told = subprocess.run(
        ["make", "-n", "-o", ".venv/.setup-complete", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    program = ".venv/bin/eglass "
    typed = [line for line in told.stdout.splitlines() if line.startswith(program)]
    return [shlex.split(line.removeprefix(program)) for line in typed]


@pytest.fixture(scope="module")
def mine(tmp_path_factory) -> Path:
    """Return a folder with the files that the guides have one write."""
    folder = tmp_path_factory.mktemp("typed")
    for page in PAGES:
        for block in blocks(page, "yaml"):
            if found := re.match(r"# (mine/\S+)\n", block):
                path = folder / found[1]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block)
    return folder / "mine"


@pytest.mark.parametrize("typed", COMMANDS_OF_PAGES)
def test_it_is_a_command_and_takes_its_settings(typed, mine):
    program, *words = shlex.split(typed)
    if program in ("eglass", ".venv/bin/eglass"):
        takes(words, mine)
    elif program == "make":
        variables = [word.split("=")[0] for word in words if "=" in word]
        known = re.findall(r"^([A-Z]+) \?=", (ROOT / "Makefile").read_text(), re.M)
        assert set(variables) <= set(known)
        for each in made(words):
            takes(each, mine)
    else:
        assert program in (*OTHER_PROGRAMS, ".")


def takes(words: list[str], mine: Path) -> None:
    """Compose what a command is given, and check it; of many jobs, the first."""
    name, *given = words
    if name in ("completion", "--help", "--version"):
        return
    command = COMMANDS[name]
    overrides = [
        re.sub(r"=range\(\d+\)$", "=0", each)
        for each in [*command.before, *given]
        if "hydra" not in each and not re.search(r"=(choice|int)\(", each)
    ]
    if "--config-dir" in overrides:
        at = overrides.index("--config-dir")
        assert overrides[at + 1] == "mine"
        overrides[at : at + 2] = [f"hydra.searchpath=[{mine}]"]
    asked = [each for each in overrides if not each.startswith("--")]
    root = root_of(command.page)
    if root is None:
        assert not given
    elif "--help" not in overrides:
        with initialize_config_dir(str(CONF), version_base="1.3"):
            check(compose(root, asked), root)
