"""The explorations of one job, `shard.index` of `shard.of`, for `make reproduce` to read back.

For example:

    make all-targets SHARDS=8 LAUNCHER=ray
    make all-targets PROFILE=eyes SHARDS=4 LAUNCHER=submitit_local
    make all-targets SHARDS=8 LAUNCHER=ray ARGS="samples.folder=photos"
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
