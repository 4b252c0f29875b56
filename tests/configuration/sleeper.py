"""A command that starts a worker, says its number, and sleeps: to be stopped."""

from __future__ import annotations

import subprocess
import time

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    worker = subprocess.Popen(["sleep", "60"])
    print(worker.pid, flush=True)
    time.sleep(60)


if __name__ == "__main__":
    command(main, "explore")
