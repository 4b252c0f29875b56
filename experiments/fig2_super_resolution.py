"""Fig. 2: solutions of super-resolution by PULSE, along v^K, and along d.

For example:

    eglass fig2
    eglass fig2 profile=eyes
    eglass fig2 'walks.steps=[-4,4]' samples.shown=3
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from eglass.workflows import all_targets, figures, targets

    nets = all_targets.rehearse(cfg)
    records = all_targets.run(cfg, nets, targets.shown_targets)
    for path in figures.draw_fig2(cfg, records).values():
        print(path)


if __name__ == "__main__":
    command(main)
