"""Every record of a profile, read and judged: whole, of what is asked for now, or damaged."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from omegaconf import DictConfig

from eglass.errors import InputError
from eglass.records import DamagedRecord, Origin, Record, Standing, read_meta, sha256
from eglass.records.code import RECORDING
from eglass.workflows import compared, recorded, table1
from eglass.workflows.targets import targets

#: Folders that hold copies of records, or what launchers write.
APART = ("wandb", "launcher")
#: What is as it should be.
GOOD = (Standing.CURRENT, Standing.CODE)
#: Relative difference of ℓ2 that another order of summation may make.
TOLERANCE = 1e-3


def asked_for(cfg: DictConfig) -> dict[Path, Origin]:
    """Return the records that a profile is drawn from, and what decides them; none is loaded.

    Comparisons are among them where they have been made.
    """
    found = {}
    for problem in cfg.problems.values():
        for target in targets(cfg, problem.name):
            place = recorded.folder(cfg, problem, target)
            found[place] = Origin.of(recorded.configuration(cfg, problem, target))
            for count in cfg.compare.counts:
                place = compared.comparison_folder(cfg, problem, target, count)
                config = compared.comparison_configuration(cfg, problem, target, count)
                if place.exists():
                    found[place] = Origin.of(config, modules=(RECORDING, *compared.MODULES))
    for planned in table1.plan(cfg):
        config = table1.timing_configuration(cfg, *planned)
        found[table1.timing_folder(cfg, *planned)] = Origin.of(config)
    return found


def verify(cfg: DictConfig) -> dict[Path, Standing]:
    """Return the standing of every record of a profile; each is read, and none is changed.

    Of those that are not asked for now it is said alone whether they are whole.
    """
    found = {}
    for place, origin in asked_for(cfg).items():
        standing = origin.standing(place)
        found[place] = standing if standing is Standing.MISSING else _read(place, standing)
    for path in sorted((Path(cfg.results) / "records").rglob("record.json")):
        place = path.parent
        if place not in found and ".damaged" not in place.name:
            found[place] = _read(place, Standing.CURRENT)
    return found


def verify_folder(folder: Path) -> dict[Path, Standing]:
    """Return the standing of every record below a folder, by its own settings; none is changed.

    Beside that of a training, the weights that it left are looked at.

    Raises:
        InputError: there is no such folder, or no record in it.
    """
    found: dict[Path, Standing] = {}
    for path in sorted(folder.rglob("record.json")):
        place, inside = path.parent, path.parent.relative_to(folder).parts
        if any(part in APART or part[0] == "." or ".damaged" in part for part in inside):
            continue
        try:
            meta = read_meta(place)
        except DamagedRecord:
            found[place] = Standing.DAMAGED
            continue
        # What a program of one's own recorded says nothing of its settings.
        standing = Origin.again(meta).compared(meta) if "meaning" in meta else Standing.CURRENT
        found[place] = _read(place, standing)
        if place.name == "training":
            made = meta["weights"]["generator"]
            weights = place.with_name(made["source"])
            if not weights.is_file():
                found[weights] = Standing.MISSING
            elif sha256(weights) != made["sha256"]:
                found[weights] = Standing.DAMAGED
    if not found:
        raise InputError(f"no record below {folder}: give a folder of results")
    return found


def lines(standings: dict[Path, Standing]) -> Iterator[str]:
    """Yield a line for each record that is not current, and one that counts all."""
    for place, standing in standings.items():
        if standing is not Standing.CURRENT:
            yield f"{place}: {standing.value}"
    counts = Counter(standings.values())
    records = "record" if len(standings) == 1 else "records"
    yield f"{len(standings)} {records}: " + ", ".join(f"{n} {s.value}" for s, n in counts.items())


def repeat(cfg: DictConfig) -> Iterator[tuple[Path, str]]:
    """Compute `cfg.repeat` explorations again, elsewhere, and yield each with how it differs.

    The text is empty where every image is of the same ℓ2.
    """
    from eglass.workflows.all_targets import rehearse
    from eglass.workflows.exploration import Task

    asked = [
        (problem, target)
        for problem in cfg.problems.values()
        for target in targets(cfg, problem.name)
    ]
    # Spread over all of them.
    chosen = np.linspace(0, len(asked) - 1, min(cfg.repeat, len(asked))).round().astype(int)
    nets = rehearse(cfg)
    with tempfile.TemporaryDirectory() as elsewhere:
        here = cfg.copy()
        here.results = elsewhere
        for problem, target in (asked[i] for i in chosen):
            place = recorded.folder(cfg, problem, target)
            again = Task(here, problem, target, nets[problem.name]).explore()
            yield place, difference(Record.load(place), again)


def difference(before: Record, after: Record) -> str:
    """Return how two records of one exploration differ in what they found; empty if they do not."""
    one, other = (record.tables["solutions"] for record in (before, after))
    if len(one) != len(other):
        return f"{len(one)} images became {len(other)}"
    off = ((one["l2"] - other["l2"]).abs() / one["l2"].clip(lower=1e-6)).max()
    return f"ℓ2 differs by up to {off:.1%}" if off > TOLERANCE else ""


def _read(place: Path, standing: Standing) -> Standing:
    try:
        Record.load(place)
    except DamagedRecord:
        return Standing.DAMAGED
    return standing
