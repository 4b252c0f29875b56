"""What is recorded already, and where: needs neither weights nor torch."""

from __future__ import annotations

import sys
from collections.abc import Iterator
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
    records: Records = {name: {} for name in cfg.problems}
    reader = Reader(cfg.records)
    try:
        for name, target, place, origin in asked(cfg):
            record = reader.read(place, origin)
            if record is None:
                raise InputError(
                    f"no record of this configuration at {place}: run `eglass reproduce "
                    f"profile={cfg.profile.name}` with the same overrides first"
                )
            records[name][target["name"]] = record
    finally:
        say(reader)
    return records


def asked(cfg: DictConfig) -> Iterator[tuple[str, Target, Path, Origin]]:
    """Yield the problem, the target, the place and the origin of every exploration; the origin is
    of the settings and the files alone.
    """
    for name, problem in cfg.problems.items():
        for target in targets(cfg, problem.name):
            place = folder(cfg, problem, target)
            yield str(name), target, place, Origin.of(configuration(cfg, problem, target))


def say(reader: Reader) -> None:
    """Say what became of the records that a reader was asked for, where there is something."""
    for line in reader.lines():
        print(line, file=sys.stderr)
