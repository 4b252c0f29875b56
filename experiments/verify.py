"""Whether every record of a profile is whole, and of what is asked for now; exit 1 if one is not.

For example:

    eglass verify profile=eyes
    eglass verify repeat=3
    eglass verify folder=results
"""

from __future__ import annotations

import sys
from pathlib import Path

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from eglass.workflows import verification

    standings = (
        verification.verify(cfg)
        if cfg.folder is None
        else verification.verify_folder(Path(cfg.folder).expanduser())
    )
    for line in verification.lines(standings):
        print(line)
    good = all(standing in verification.GOOD for standing in standings.values())
    if good and cfg.repeat and cfg.folder is None:
        for place, difference in verification.repeat(cfg):
            print(f"{place}, computed again: {difference or 'the same'}")
            good = good and not difference
    if not good:
        sys.exit(1)


if __name__ == "__main__":
    command(main)
