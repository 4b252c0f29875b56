"""A generator of one's own, from a folder of images or from phantoms: weights and a page.

For example:

    eglass train images.folder=photos
    eglass train images.folder=photos 'size=[1,32,32]' training.latent_dim=32
    eglass phantoms
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
