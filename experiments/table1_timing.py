"""Table 1: seconds to ten solutions, in the paper's protocol and against a stronger baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import torch
from omegaconf import DictConfig
from tqdm import tqdm

from eglass.claims import EDGE, EGLASS, PULSE, eglass_seconds, of_method, pulse_seconds
from eglass.errors import InputError
from eglass.exploration import Explorer
from eglass.records import Record, environment, is_current, stamp, whole_file
from experiments import building, campaign
from experiments.building import Networks, build, load_target, simulate
from experiments.campaign import Records
from experiments.cli import command
from experiments.exploration import Stopwatch, configuration, directions, weights
from experiments.projection import project

COLUMNS = [
    "problem", "protocol", "method", "target", "inversion", "geometry", "exploration", "total",
    "solutions", "feasible",
]  # fmt: skip
SEQUENTIAL = "paper: sequential PULSE, one inversion of the same budget"
BATCHED = "stronger: PULSE as one batch, ended once feasible"


def targets(cfg: DictConfig) -> list[dict[str, Any]]:
    """Describe the targets that the paper's protocol is timed on."""
    return building.samples(cfg)[: cfg.timing.targets]


def time_sequential(
    cfg: DictConfig, problem_cfg: DictConfig, target: dict[str, Any], nets: Networks
) -> Record:
    """Time the paper's protocol on one target, or read back what was timed already."""
    place = _folder(cfg, problem_cfg, target)
    config = _configuration(cfg, problem_cfg, target)
    if is_current(place, config):
        return Record.load(place)
    settings = cfg.timing
    image = load_target(target, nets.generator)
    problem = simulate(problem_cfg, image, cfg.seed)
    rng = torch.Generator().manual_seed(cfg.seed)
    stages = Stopwatch(nets.device)

    with stages.time(PULSE):
        solve = build(cfg.baseline, starts=1, steps=settings.steps, stop_at=None)
        runs = [
            solve(nets.generator, problem, rng)
            for _ in tqdm(range(settings.solutions), desc="sequential PULSE", leave=False)
        ]
    accepted = sum(int(problem.feasible(run.l2).sum()) for run in runs)

    with stages.time("inversion"):
        inversion = build(
            cfg.inversion,
            scouts=0,
            starts=1,
            steps=settings.steps - settings.adaptation_steps,
            adaptation_steps=settings.adaptation_steps,
            stop_at=None,
        )(nets.generator, problem, rng)
    with stages.time("geometry"):
        geometry = build(cfg.geometry)(
            inversion.generator, problem, nets.perceptual, inversion.latent
        )
    with stages.time("exploration"):
        explorer = Explorer(inversion.generator, problem, nets.perceptual, inversion.latent)
        found = directions(cfg, geometry, cfg.exploration.K[: settings.solutions])
        ten = explorer.walk(found, [-settings.step, settings.step], method=EGLASS)

    seconds = stages.seconds
    spent = seconds["inversion"] + seconds["geometry"] + seconds["exploration"]
    rows = [
        (PULSE, seconds[PULSE], 0.0, 0.0, seconds[PULSE], len(runs), accepted),
        (
            EGLASS,
            seconds["inversion"],
            seconds["geometry"],
            seconds["exploration"],
            spent,
            len(ten.table),
            int(ten.table["feasible"].sum()),
        ),
    ]
    table = pd.DataFrame(
        [(problem_cfg.name, SEQUENTIAL, m, target["name"], *rest) for m, *rest in rows],
        columns=COLUMNS,
    )
    record = Record(
        meta={
            "problem": problem_cfg.name,
            "target": target["name"],
            "weights": weights(nets),
            "environment": environment(nets.device),
            "config": config,
        },
        tables={"timing": table},
    )
    record.save(place)
    return record


def run(cfg: DictConfig, nets: dict[str, Networks]) -> list[Record]:
    """Time the paper's protocol on every problem."""
    pairs = [(problem, target) for problem in cfg.problems.values() for target in targets(cfg)]
    return [
        time_sequential(cfg, problem, target, nets[problem.name])
        for problem, target in tqdm(pairs, desc="Table 1", dynamic_ncols=True)
    ]


def load(cfg: DictConfig) -> list[Record]:
    """Read back what was timed.

    Raises:
        InputError: it was not, with this configuration.
    """
    records = []
    for problem in cfg.problems.values():
        for target in targets(cfg):
            place = _folder(cfg, problem, target)
            if not is_current(place, _configuration(cfg, problem, target)):
                raise InputError(f"no timing of this configuration at {place}: time it first")
            records.append(Record.load(place))
    return records


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
    rows = [record.tables["timing"] for record in timings]
    rows += [
        batched(record)
        for by_target in records.values()
        # The first is the photograph.
        for record in list(by_target.values())[1:]
    ]
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
    totals = found.pivot(index=keys[:2], columns="method", values="total")
    speed_up = (totals[PULSE] / totals[EGLASS]).rename("speed_up").reset_index()
    found = found.merge(speed_up, on=keys[:2])
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


def _folder(cfg: DictConfig, problem: DictConfig, target: dict[str, Any]) -> Path:
    return Path(cfg.results) / "records" / "timing" / f"{problem.name}-{target['name']}"


def _configuration(cfg: DictConfig, problem: DictConfig, target: dict[str, Any]) -> dict[str, Any]:
    decisive = ("solutions", "steps", "adaptation_steps", "step")
    timing = {name: cfg.timing[name] for name in decisive}
    return configuration(cfg, problem, target) | {"timing": timing}


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
        frame = table(cfg, run(cfg, nets), campaign.run(cfg, nets))
    write(cfg, frame)
    print(frame.to_string(index=False, float_format="{:.3g}".format, na_rep="–"))


if __name__ == "__main__":
    command(main)
