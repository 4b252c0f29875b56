"""N solutions for one image or measurement: a page, pictures, a table, a strip along one direction.

For example:

    make explore IMAGE=photo.jpg PROBLEM=super_resolution ARGS="target.crop=[0.1,0.3,0.4,0.6]"
    make explore MEASUREMENT=y.png PROBLEM=super_resolution ARGS="problem.noise=0.02"
    make explore ARGS="explorer=repulsion count=20 target=cat"
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from eglass.workflows import one_image

    for line in one_image.explore(cfg):
        print(line)


if __name__ == "__main__":
    command(main, "explore")
