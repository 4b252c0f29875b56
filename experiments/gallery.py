"""One image under every problem of `conf/gallery.yaml`: a picture of their solutions.

For example:

    eglass gallery
    eglass gallery target.path=photo.jpg 'target.crop=[0.1,0.3,0.4,0.6]'
    eglass gallery inversion=bank seed=1
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from pathlib import Path

    from eglass.reporting.figures import gallery_figure, save
    from eglass.workflows import all_targets, networks, targets, tracking

    nets = networks.networks(cfg, cfg.problems)
    all_targets.check(cfg, nets, targets.the_photograph)
    found = all_targets.run(cfg, nets, targets.the_photograph)
    tracking.log_records(cfg, found)
    records = {name: record for name, by_target in found.items() for record in by_target.values()}
    print(save(gallery_figure(records), Path(cfg.results) / "gallery"))


if __name__ == "__main__":
    command(main, "gallery")
