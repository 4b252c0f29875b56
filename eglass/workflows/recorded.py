"""What is recorded already, and where: needs neither weights nor torch."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from eglass.configuration.build import chosen_for, plain
from eglass.errors import InputError
from eglass.records import Origin, Reader, Record
from eglass.workflows.targets import Target, targets

#: Records by problem, then by target; the photograph comes first.
Records = dict[str, dict[str, Record]]

#: Sections of the configuration that an exploration depends on.
SECTIONS = (
    "perceptual",
    "inversion",
    "baseline",
    "geometry",
    "explorer",
    "verdict",
    "walks",
    "strict",
    "consistent",
    "count",
    "seed",
)


def configuration(cfg: DictConfig, problem: DictConfig, target: Target) -> dict[str, Any]:
    """Return all that decides what an exploration finds."""
    everything = plain(cfg)
    return {name: everything.get(name) for name in SECTIONS} | {
        "generator": plain(chosen_for(cfg.generator, problem.name)),
        "problem": plain(problem),
        "target": target,
    }


def folder(cfg: DictConfig, problem: DictConfig, target: Target) -> Path:
    """Return where the record of an exploration is kept."""
    return Path(cfg.results) / "records" / problem.name / target["name"]


def load(cfg: DictConfig) -> Records:
    """Read back the records of all targets; needs no weights.

    Raises:
        InputError: one is missing, or is of another configuration or of other weights.
    """
    records: Records = {}
    reader = Reader(cfg.records)
    for name, problem in cfg.problems.items():
        records[str(name)] = {}
        for target in targets(cfg, problem.name):
            place = folder(cfg, problem, target)
            record = reader.read(place, Origin.of(configuration(cfg, problem, target)))
            if record is None:
                raise InputError(
                    f"no record of this configuration at {place}: run `make reproduce "
                    f"PROFILE={cfg.profile.name}` with the same overrides first"
                )
            records[str(name)][target["name"]] = record
    say(reader)
    return records


def say(reader: Reader) -> None:
    """Say what became of the records that a reader was asked for, where there is something."""
    for line in reader.lines():
        print(line, file=sys.stderr)
