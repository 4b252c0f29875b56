"""Beyond the paper: every explorer on every target, at every threshold, for every N.

For example:

    eglass compare
    eglass compare profile=eyes
    eglass compare 'compare.counts=[10]' compare.explorers.repulsion=null
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from pathlib import Path

    from eglass.workflows import compared, comparison

    nets = comparison.rehearse(cfg)
    drawn = compared.draw(cfg, comparison.run(cfg, nets))
    print((Path(cfg.results) / "comparison.md").read_text())
    if drawn.scores is not None:
        print((Path(cfg.results) / "scoreboard.md").read_text())
    for path in drawn.pictures.values():
        print(path)
    print(f"`eglass figures profile={cfg.profile.name}` puts them into the report")


if __name__ == "__main__":
    command(main)
