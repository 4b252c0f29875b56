"""Table 1: seconds to ten solutions, in the paper's protocol and against a stronger baseline.

From what was timed alone; `timing` times.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from omegaconf import DictConfig

from eglass.configuration.build import plain
from eglass.errors import InputError
from eglass.evaluation.claims import eglass_seconds, of_method, pulse_seconds
from eglass.records import Method, Origin, Reader, Record, names, stamp, whole_file
from eglass.workflows.recorded import Records, configuration, say
from eglass.workflows.targets import Target, samples

COLUMNS = [
    "problem", "protocol", "method", "target", "inversion", "geometry", "exploration", "total",
    "solutions", "feasible",
]  # fmt: skip
SEQUENTIAL = "paper: sequential PULSE, one inversion of the same budget"
BATCHED = "stronger: PULSE as one batch, ended once feasible"

#: The methods of the table.
METHODS = (names.PULSE, names.EGLASS, names.FAST_INVERSION)


def plan(cfg: DictConfig) -> list[tuple[Method, DictConfig, Target]]:
    """Return what is timed: the method that it is named after, the problem and the target.

    Every method takes the same targets: the first `timing.targets` of the samples, or all.
    """
    methods = [names.PULSE] + ([] if cfg.timing.fast is None else [names.FAST_INVERSION])
    return [
        (method, problem, target)
        for method in methods
        for problem in cfg.problems.values()
        for target in samples(cfg)[: cfg.timing.targets]
    ]


def timing_folder(cfg: DictConfig, method: Method, problem: DictConfig, target: Target) -> Path:
    """Return where the record of what is timed is kept."""
    kind = "fast" if method == names.FAST_INVERSION else "sequential"
    return Path(cfg.results) / "records" / "timing" / f"{kind}-{problem.name}-{target['name']}"


def timing_configuration(
    cfg: DictConfig, method: Method, problem: DictConfig, target: Target
) -> dict[str, Any]:
    """Return all that decides what is timed."""
    decisive, inversion = ["solutions", "step"], cfg.timing.fast
    if method == names.PULSE:
        inversion = cfg.timing.inversion
        decisive += ["solves", "steps", "adaptation_steps"]
    config = configuration(cfg, problem, target) | {
        "inversion": plain(inversion),
        "timing": {name: cfg.timing[name] for name in decisive},
    }
    return {name: value for name, value in config.items() if name not in ("walks", "count")}


def load_timings(cfg: DictConfig) -> list[Record]:
    """Read back what was timed.

    Raises:
        InputError: it was not, with this configuration.
    """
    records = []
    reader = Reader(cfg.records)
    try:
        for place, origin in asked(cfg):
            record = reader.read(place, origin)
            if record is None:
                raise InputError(
                    f"no timing of this configuration at {place}: run `eglass table1` first"
                )
            records.append(record)
    finally:
        say(reader)
    return records


def asked(cfg: DictConfig) -> Iterator[tuple[Path, Origin]]:
    """Yield the place and the origin of all that is timed; the origin is of the settings and the
    files alone.
    """
    for planned in plan(cfg):
        config = timing_configuration(cfg, *planned)
        yield timing_folder(cfg, *planned), Origin.of(config)


def batched(record: Record) -> pd.DataFrame:
    """Read the stronger protocol's times off an exploration's record.

    PULSE's batch ran its whole budget; its clock at the step after which every start had been
    feasible is when it would have ended.
    """
    timings = record.meta["timings"]
    pulse = pulse_seconds(record)
    ten, again = of_method(record, names.ALGORITHM1), of_method(record, names.PULSE)
    rows = [
        (names.PULSE.key, pulse, 0.0, 0.0, pulse, len(again), int(again["feasible"].sum())),
        (
            names.EGLASS.key,
            timings["inversion"],
            timings["geometry"],
            timings[names.ALGORITHM1.key],
            eglass_seconds(record),
            len(ten),
            int(ten["feasible"].sum()),
        ),
    ]
    problem, target = record.meta["problem"]["name"], record.meta["target"]["name"]
    return pd.DataFrame(
        [(problem, BATCHED, method, target, *rest) for method, *rest in rows], columns=COLUMNS
    )


def table(cfg: DictConfig, timings: list[Record], records: Records) -> pd.DataFrame:
    """Return Table 1: over the same targets for all, the paper's figures beside them.

    `total` is the geometric mean over targets: the ratio of two totals is then the geometric mean
    of each target's ratio, as in the claims. The stages are their share of it.
    """
    fast = [record.meta["method"] == names.FAST_INVERSION.key for record in timings]
    rows = [record.tables["timing"] for record, late in zip(timings, fast) if not late]
    rows += [
        batched(record)
        for by_target in records.values()
        # The first is the photograph.
        for record in list(by_target.values())[1:][: cfg.timing.targets]
    ]
    rows += [record.tables["timing"] for record, late in zip(timings, fast) if late]
    keys = ["problem", "protocol", "method"]
    groups = pd.concat(rows).groupby(keys, sort=False)
    found = groups[["solutions", "feasible"]].mean()
    total = groups["total"].agg(lambda seconds: np.exp(np.log(seconds).mean()))
    stages = groups[["inversion", "geometry", "exploration"]].sum()
    stages = stages.mul(total / groups["total"].sum(), axis=0)
    targets = groups["target"].nunique().rename("targets")
    found = pd.concat([stages, total, found, targets], axis=1).reset_index()
    pulse = found[found["method"] == names.PULSE.key].set_index(keys[:2])["total"].rename("pulse")
    found["speed_up"] = found.join(pulse, on=keys[:2])["pulse"] / found["total"]
    found.loc[found["method"] == names.PULSE.key, "speed_up"] = float("nan")
    paper = {
        (name, method): values[key]
        for name, values in cfg.paper.items()
        for method, key in (
            (names.PULSE.key, "pulse_seconds"),
            (names.EGLASS.key, "eglass_seconds"),
        )
    }
    if note := stamp(timings):
        found["note"] = note
    found["paper_seconds"] = [
        paper.get((row.problem, row.method)) if row.protocol == SEQUENTIAL else None
        for row in found.itertuples()
    ]
    found["method"] = found["method"].map({method.key: method.title for method in METHODS})
    return found


def read(cfg: DictConfig) -> pd.DataFrame:
    """Return the Table 1 that `write` wrote."""
    return pd.read_csv(Path(cfg.results) / "table1_timing.csv")


def write(cfg: DictConfig, frame: pd.DataFrame) -> None:
    """Write Table 1 as CSV, Markdown and LaTeX."""
    path = Path(cfg.results) / "table1_timing"
    with whole_file(path.with_suffix(".csv")) as draft:
        frame.to_csv(draft, index=False)
    shown = frame.rename(columns=lambda name: name.replace("_", " "))
    with whole_file(path.with_suffix(".md")) as draft:
        draft.write_text(shown.to_markdown(index=False, floatfmt=".3g") + "\n")
    with whole_file(path.with_suffix(".tex")) as draft:
        style = shown.style.format(precision=2, na_rep="–", escape="latex").hide(axis="index")
        draft.write_text(style.to_latex(hrules=True))
