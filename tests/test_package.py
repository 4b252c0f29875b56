"""`import eglass` is enough, and costs nothing until something is used; figures need no torch."""

from __future__ import annotations

import subprocess
import sys

import eglass


def python(script: str) -> str:
    """Return what a script prints to a process of its own."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_name_is_there():
    assert len(eglass.__all__) > 25
    for name in eglass.__all__:
        assert getattr(eglass, name) is not None
        assert name in dir(eglass)


def test_importing_it_takes_a_moment_and_nothing_heavy():
    script = """
import sys, time
began = time.perf_counter()
import eglass
print(time.perf_counter() - began)
assert "LPIPS" in dir(eglass)
heavy = {"torch", "numpy", "pandas", "matplotlib", "deepinv", "hydra", "pydantic", "wandb"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    # It takes 2 ms; this is a busy machine's.
    assert float(python(script)) < 0.1


def test_records_reporting_and_all_that_draws_from_records_need_no_torch():
    script = """
import importlib, pkgutil, sys
rooms = [importlib.import_module(f"eglass.{room}") for room in ("records", "reporting")]
names = [
    f"{room.__name__}.{each.name}" for room in rooms for each in pkgutil.iter_modules(room.__path__)
]
drawing = ("claims", "compared", "drawn", "figures", "helpers", "recorded", "reproduction")
drawing += ("sweep_report", "table1", "targets")
names += [f"eglass.workflows.{name}" for name in drawing]
for name in names:
    importlib.import_module(name)
    assert "torch" not in sys.modules, name
print(len(names))
"""
    assert int(python(script)) > 15
