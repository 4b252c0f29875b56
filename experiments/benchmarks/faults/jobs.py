"""What is disturbed: commands, tiny; and whether what they leave is as if nothing had happened."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from eglass.errors import InputError
from eglass.generators.dcgan import DCGAN
from eglass.records import Record

from .running import Job

_FEW = (
    "profile=smoke", "samples.count=1", "inversion.scouts=0", "inversion.starts=1",
    "inversion.steps=12", "inversion.adaptation_steps=4", "baseline.steps=2", "count=2",
    "explorer.bisections=2", "walks.steps=[3]", "walks.strip=[3]", "tracking=disabled",
)  # fmt: skip

#: Of a generator as small as they go, more steps.
_SMALL = (
    *_FEW, "~problem@problems.super_resolution", "perceptual=pixels", "inversion.steps=40",
    "inversion.adaptation_steps=20", "explorer.K=[2,3]", "explorer.k=2",
    "problems.inpainting.shown_K=[2]",
)  # fmt: skip
#: All that the paper has, and what is drawn of it.
REPRODUCTION = Job("reproduce", "experiments.reproduce", "config", _FEW)
#: A generator, of few images.
TRAINING = Job(
    "train",
    "experiments.train",
    "train",
    (
        "images=phantoms", "images.count=60", "size=[1,16,16]", "held_out=0.2", "searched=2",
        "training.latent_dim=4", "training.width=8", "training.steps=60", "training.batch=8",
        "training.every=20", "training.prior_steps=40", "training.prior_batch=8",
        "tracking=disabled",
    ),
)  # fmt: skip


def explorations(place: Path, *settings: str) -> Job:
    """Return two explorations, each a search, an adaptation of the weights, and a record.

    Args:
        place: where the generator's weights, random and small, are written.
        settings: besides.
    """
    weights = place / "generator.pth"
    if not weights.exists():
        place.mkdir(parents=True, exist_ok=True)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            generator = DCGAN(latent_dim=12, width=8)
            for parameter in generator.parameters():
                if parameter.ndim > 1:
                    torch.nn.init.normal_(parameter, 0, 0.1)
        torch.save(generator.state_dict(), weights)
    small = (*_SMALL, f"generator.weights={weights}", *settings)
    return Job("all-targets", "experiments.all_targets", "config", small)


#: What makes explorations of another configuration, for records that are replaced.
OTHER = "seed=1"

#: What a dead process leaves, until the next one sweeps it.
LEFT = ("*.draft-*", "unfinished/*", "*.damaged*")


def page_of(job: Job) -> Job:
    """Return a job under the name that its page has where this package is installed."""
    package = __name__.rpartition(".benchmarks")[0]
    return Job(job.name, job.page.replace("experiments", package, 1), job.root, job.settings)


def records(folder: Path) -> dict[str, Record | None]:
    """Return all records below a folder by their place; none for one that is not whole."""
    found: dict[str, Record | None] = {}
    for path in sorted(folder.rglob("record.json")):
        place = path.parent.relative_to(folder)
        if any(part.startswith(".") or ".damaged" in part for part in place.parts):
            continue
        try:
            found[str(place)] = Record.load(path.parent)
        except InputError:
            found[str(place)] = None
    return found


def same(one: Record, other: Record) -> bool:
    """Say whether two records hold the same, but for seconds."""
    if one.arrays.keys() != other.arrays.keys() or one.tables.keys() != other.tables.keys():
        return False
    if one.meta.get("config") != other.meta.get("config"):
        return False
    arrays = all(np.array_equal(one.arrays[name], other.arrays[name]) for name in one.arrays)
    return arrays and all(
        _without_seconds(one.tables[name]).equals(_without_seconds(other.tables[name]))
        for name in one.tables
    )


def differences(expected: Path, found: Path) -> Counter[str]:
    """Return how many records are lost or changed, and how many files are missing or left behind.

    Args:
        expected: what an undisturbed run left.
        found: what a disturbed one did.
    """
    counts: Counter[str] = Counter(lost=0, changed=0, missing=0, left=0)
    there = records(found)
    for place, record in records(expected).items():
        again = there.get(place)
        assert record is not None
        counts["lost"] += again is None
        counts["changed"] += again is not None and not timed(place) and not same(record, again)
    counts["missing"] = len(_files(expected) - _files(found))
    counts["left"] = sum(len(list(found.rglob(pattern))) for pattern in LEFT)
    for name in ("solutions.csv", "decoder.safetensors"):
        if (expected / name).exists():
            counts["changed"] += _content(expected / name) != _content(found / name)
    return counts


def wrong(counts: Counter[str]) -> bool:
    """Say whether results are not what they are to be; what is only left behind does no harm."""
    return any(counts[name] for name in ("lost", "changed", "missing"))


def timed(place: str) -> bool:
    """Say whether a record holds seconds alone."""
    return Path(place).parts[:2] == ("records", "timing")


def copied(folder: Path, place: Path) -> Path:
    """Return a copy of a folder."""
    return Path(shutil.copytree(folder, place))


def _without_seconds(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns=[name for name in table if "seconds" in str(name)])


def _content(path: Path) -> bytes:
    if path.suffix != ".csv" or not path.exists():
        return path.read_bytes() if path.exists() else b""
    return _without_seconds(pd.read_csv(path)).to_csv().encode()


def _files(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.parts)
    }
