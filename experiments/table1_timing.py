"""Table 1: seconds to ten solutions, in the paper's protocol and against a stronger baseline."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from omegaconf import DictConfig
from tqdm import tqdm

from eglass.evaluation.claims import EDGE, EGLASS, FAST, PULSE, eglass_seconds, of_method, pulse_seconds
from eglass.errors import InputError
from eglass.records import Record, stamp, whole_file
from experiments import building, campaign, timing
from experiments.building import Networks
from experiments.campaign import Records
from experiments.cli import command
from experiments.projection import project
from experiments.timing import BATCHED, COLUMNS, SEQUENTIAL


def batched(record: Record) -> pd.DataFrame:
    """Read the stronger protocol's times off an exploration's record.

    PULSE's batch ran its whole budget; its clock at the step after which every start had been
    feasible is when it would have ended.
    """
    timings = record.meta["timings"]
    pulse = pulse_seconds(record)
    ten, again = of_method(record, EDGE), of_method(record, PULSE)
    rows = [
        (PULSE, pulse, 0.0, 0.0, pulse, len(again), int(again["feasible"].sum())),
        (
            EGLASS,
            timings["inversion"],
            timings["geometry"],
            timings[EDGE],
            eglass_seconds(record),
            len(ten),
            int(ten["feasible"].sum()),
        ),
    ]
    place = record.meta["problem"], record.meta["target"]
    return pd.DataFrame(
        [(place[0], BATCHED, m, place[1], *rest) for m, *rest in rows], columns=COLUMNS
    )


def table(cfg: DictConfig, timings: list[Record], records: Records) -> pd.DataFrame:
    """Return Table 1: medians over targets, the paper's figures beside them."""
    fast = [record.meta["method"] == FAST for record in timings]
    rows = [record.tables["timing"] for record, late in zip(timings, fast) if not late]
    rows += [
        batched(record)
        for by_target in records.values()
        # The first is the photograph.
        for record in list(by_target.values())[1:]
    ]
    rows += [record.tables["timing"] for record, late in zip(timings, fast) if late]
    everything = pd.concat(rows)
    keys = ["problem", "protocol", "method"]
    found = everything.groupby(keys, sort=False).agg(
        {
            **{name: "median" for name in ("inversion", "geometry", "exploration", "total")},
            **{name: "mean" for name in ("solutions", "feasible")},
            "target": "nunique",
        }
    )
    found = found.rename(columns={"target": "targets"}).reset_index()
    pulse = found[found["method"] == PULSE].set_index(keys[:2])["total"].rename("pulse")
    found["speed_up"] = found.join(pulse, on=keys[:2])["pulse"] / found["total"]
    found.loc[found["method"] == PULSE, "speed_up"] = float("nan")
    paper = {
        (name, method): values[key]
        for name, values in cfg.paper.items()
        for method, key in ((PULSE, "pulse_seconds"), (EGLASS, "eglass_seconds"))
    }
    if note := stamp(timings):
        found["note"] = note
    found["paper_seconds"] = [
        paper.get((row.problem, row.method)) if row.protocol == SEQUENTIAL else None
        for row in found.itertuples()
    ]
    return found


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


def projected(cfg: DictConfig, nets: dict[str, Networks]) -> pd.DataFrame:
    """Project Table 1 from a few steps of each stage.

    Raises:
        InputError: they are too few.
    """
    if cfg.timing.project_from < 2:
        raise InputError(f"timing.project_from is {cfg.timing.project_from}: expected at least 2")
    problems = tqdm(cfg.problems.values(), desc="projection", dynamic_ncols=True)
    return pd.concat([project(cfg, problem, nets[problem.name]) for problem in problems])


def main(cfg: DictConfig) -> None:
    nets = building.networks(cfg, cfg.problems)
    campaign.check(cfg, nets)
    if cfg.timing.project_from is not None:
        frame = projected(cfg, nets)
    else:
        frame = table(cfg, timing.run(cfg, nets), campaign.run(cfg, nets))
    write(cfg, frame)
    print(frame.to_string(index=False, float_format="{:.3g}".format, na_rep="–"))


if __name__ == "__main__":
    command(main)
