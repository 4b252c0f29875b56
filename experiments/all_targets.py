"""The explorations of one job, `shard.index` of `shard.of`, for `eglass reproduce` to read back.

For example:

    eglass all-targets 'shard.index=range(8)' shard.of=8 hydra/launcher=ray
    eglass all-targets profile=eyes 'shard.index=range(4)' shard.of=4 hydra/launcher=submitit_local
    eglass all-targets 'shard.index=range(8)' shard.of=8 hydra/launcher=ray samples.folder=photos
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from eglass.workflows import all_targets, targets

    nets = all_targets.rehearse(cfg)
    found = all_targets.run(cfg, nets, targets.shard)
    count = sum(len(by_target) for by_target in found.values())
    print(f"shard {cfg.shard.index} of {cfg.shard.of}: {count} explorations recorded")


if __name__ == "__main__":
    command(main)
