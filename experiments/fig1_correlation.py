"""Fig. 1: what v^K and d correlate with, on both problems.

For example:

    eglass fig1
    eglass fig1 profile=eyes
    eglass fig1 explorer.k=30 'problems.inpainting.shown_K=[8]'
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from eglass.workflows import all_targets, figures, targets

    nets = all_targets.rehearse(cfg)
    records = all_targets.run(cfg, nets, targets.shown_targets)
    for path in figures.draw_fig1(cfg, records).values():
        print(path)


if __name__ == "__main__":
    command(main)
