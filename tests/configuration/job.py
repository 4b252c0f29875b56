"""A command that does nothing: `python -m tests.configuration.job ROOT …`.

It ends by printing which heavy packages have been imported.
"""

from __future__ import annotations

import sys

from omegaconf import DictConfig

from eglass.configuration import command

HEAVY = ("torch", "deepinv", "pandas", "numpy", "matplotlib", "scipy", "pytorch_lightning", "wandb")


def main(cfg: DictConfig) -> float:
    print("composed")
    return float(cfg.seed)


if __name__ == "__main__":
    root = sys.argv.pop(1)
    try:
        command(main, root)
    finally:
        print("imported:", *[name for name in HEAVY if name in sys.modules])
