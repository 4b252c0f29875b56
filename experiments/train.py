"""A generator of one's own, from a folder of images or from phantoms: weights and a page.

For example:

    make train IMAGES=photos
    make train IMAGES=photos ARGS="size=[1,32,32] training.latent_dim=32"
    make phantoms
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from eglass.workflows import training

    for line in training.run(cfg):
        print(line)


if __name__ == "__main__":
    command(main, "train")
