"""N solutions for one image: a grid, a CSV, where they differ, and a strip along one direction."""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from eglass.workflows import one_image

    for line in one_image.explore(cfg):
        print(line)


if __name__ == "__main__":
    command(main, "explore")
