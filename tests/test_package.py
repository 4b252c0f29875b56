"""`import eglass` is enough, and costs nothing until something is used."""

from __future__ import annotations

import subprocess
import sys

import eglass


def test_every_name_is_there():
    assert len(eglass.__all__) > 25
    for name in eglass.__all__:
        assert getattr(eglass, name) is not None
        assert name in dir(eglass)


def test_importing_it_imports_nothing_heavy():
    script = (
        "import sys, eglass; assert 'LPIPS' in dir(eglass); "
        "assert not {'torch', 'matplotlib', 'deepinv', 'hydra', 'wandb'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
