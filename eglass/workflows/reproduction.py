"""All that the paper's figures and tables are drawn from: read back, or computed."""

from __future__ import annotations

from itertools import chain

from omegaconf import DictConfig

from eglass.errors import InputError
from eglass.records import Record, Standing
from eglass.workflows import recorded, table1
from eglass.workflows.recorded import Records


def everything(cfg: DictConfig) -> tuple[Records, list[Record]]:
    """Return all explorations, and what is timed for Table 1.

    Where all is there and of this code, it is read back, and neither the networks nor PyTorch are
    loaded; else what is missing is computed.

    Raises:
        InputError: a setting cannot be used.
    """
    asked = chain((each[2:] for each in recorded.asked(cfg)), table1.asked(cfg))
    if all(origin.standing(place) is Standing.CURRENT for place, origin in asked):
        try:
            return recorded.load(cfg), table1.load_timings(cfg)
        except InputError:
            # A file is damaged; its record is out of the way now.
            pass
    from eglass.workflows import all_targets, timing

    nets = all_targets.rehearse(cfg)
    # Timing first, while the machine is as cool and idle as it will be.
    timings = timing.run(cfg, nets)
    return all_targets.run(cfg, nets), timings
