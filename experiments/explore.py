"""N solutions for one image or measurement: a page, pictures, a table, a strip along one direction.

For example:

    eglass explore target.path=photo.jpg problem=super_resolution 'target.crop=[0.1,0.3,0.4,0.6]'
    eglass explore measurement=y.png problem=super_resolution problem.noise=0.02
    eglass explore explorer=repulsion count=20 target=cat
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
