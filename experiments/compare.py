"""Beyond the paper: every explorer on every target, at every threshold, for every N."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from omegaconf import DictConfig
from tqdm import tqdm

from eglass.reporting.comparison_figures import contest_figure, diversity_figure, tradeoff_figure
from eglass.evaluation.comparison import aggregate, markdown
from eglass.evaluation.diversity import Realism
from eglass.exploration.start import Solutions
from eglass.exploration import SolutionExplorer
from eglass.reporting.figures import save
from eglass.images import to_pixels
from eglass.problems import shown_measurement
from eglass.records import Record, environment, is_current, whole_file
from eglass.evaluation.agreement import consensus
from experiments import building, campaign
from experiments.building import Networks, build, load_target, plain, simulate
from experiments.cli import command
from experiments.contest import Contest
from experiments.exploration import configuration, weights

#: Sections of an exploration's configuration that a comparison does not depend on.
UNUSED = ("baseline", "exploration", "inversion")


def compare(
    cfg: DictConfig,
    problem_cfg: DictConfig,
    target: dict[str, Any],
    count: int,
    nets: Networks,
    realism: Realism,
) -> Record:
    """Ask every explorer for `count` solutions of one measurement, or read back what it said."""
    place = _folder(cfg, problem_cfg, target, count)
    config = _configuration(cfg, problem_cfg, target, count)
    if is_current(place, config):
        return Record.load(place)
    image = load_target(target, nets.generator)
    contest = Contest.of(cfg, simulate(problem_cfg, image, cfg.seed), nets, realism)
    rows: list[dict[str, Any]] = []
    traded: list[dict[str, Any]] = []
    arrays: dict[str, np.ndarray] = {}
    for threshold in cfg.compare.thresholds:
        problem = simulate(plain(problem_cfg) | {"threshold": threshold}, image, cfg.seed)
        about = {"problem": problem_cfg.name, "target": target["name"], "threshold": threshold}
        asked: dict[SolutionExplorer, dict[str, Any]] = {}
        for key, node in cfg.compare.explorers.items():
            explore = build(node)
            solutions, found = contest.ask(explore, problem, count, key)
            asked[explore] = about | {"method": explore.name, "count": count} | found
            if _is_shown(cfg, target) and _is_first(cfg, count):
                arrays |= _pictures(solutions, f"{key}, {threshold:g}")
        rows += asked.values()
        for value, explore in _tradeoff(cfg) if _is_first(cfg, count) else ():
            if explore not in asked:
                key = f"{cfg.compare.tradeoff.explorer}, {value}"
                _, found = contest.ask(explore, problem, count, key)
                asked[explore] = about | {"count": count} | found
            traded.append(asked[explore] | {"method": str(value)})
    record = Record(
        meta={
            "problem": problem_cfg.name,
            "target": target["name"],
            "enlargement": building.enlargement(target, nets.generator),
            "timings": contest.stages.seconds,
            "weights": weights(nets),
            "environment": environment(nets.device),
            "names": {key: build(node).name for key, node in cfg.compare.explorers.items()},
            "config": config,
        },
        arrays={"target": to_pixels(image)[0], "measurement": shown_measurement(problem)} | arrays,
        tables={"comparison": pd.DataFrame(rows)}
        | ({"tradeoff": pd.DataFrame(traded)} if traded else {}),
    )
    record.save(place)
    return record


def run(cfg: DictConfig, nets: dict[str, Networks]) -> list[Record]:
    """Compare on every target; the smaller N first."""
    realisms = {problem: judge(cfg, each) for problem, each in nets.items()}
    work = [
        (count, problem, target)
        for count in sorted(cfg.compare.counts)
        for problem in cfg.problems.values()
        for target in campaign.targets(cfg, problem.name)
    ]
    records = []
    with tqdm(work, desc="comparison", dynamic_ncols=True) as bar:
        for count, problem, target in bar:
            bar.set_postfix_str(f"{problem.name}, {target['name']}, N = {count}")
            name = problem.name
            records.append(compare(cfg, problem, target, count, nets[name], realisms[name]))
    return records


def judge(cfg: DictConfig, nets: Networks) -> Realism:
    """Return the judge of realism for one generator.

    Raises:
        InputError: a setting is out of range.
    """
    settings = cfg.compare.realism
    return Realism.of(
        nets.generator,
        build(settings.network).to(nets.device),
        count=settings.fresh,
        k=settings.k,
        rng=torch.Generator().manual_seed(cfg.seed),
    )


def load(cfg: DictConfig) -> list[Record]:
    """Read back what has been compared with this configuration; needs no weights."""
    work = [
        (_folder(cfg, problem, target, count), _configuration(cfg, problem, target, count))
        for count in sorted(cfg.compare.counts)
        for problem in cfg.problems.values()
        for target in campaign.targets(cfg, problem.name)
    ]
    return [Record.load(place) for place, config in work if is_current(place, config)]


def draw(cfg: DictConfig, records: list[Record]) -> tuple[pd.DataFrame, dict[str, Path]]:
    """Write the table, its figure, and the shown targets' solutions; return table and pictures."""
    results = Path(cfg.results)
    settings = plain(cfg.claims) | {"seed": cfg.seed}

    def averaged(name: str) -> pd.DataFrame:
        tables = [record.tables[name] for record in records if name in record.tables]
        if not tables:
            return pd.DataFrame()
        everything = pd.concat(tables)
        found = aggregate(everything, **settings)
        for ending, table in (("", found), ("_targets", everything)):
            with whole_file(results / f"{name}{ending}.csv") as draft:
                table.to_csv(draft, index=False)
        return found

    found, traded = averaged("comparison"), averaged("tradeoff")
    with whole_file(results / "comparison.md") as draft:
        draft.write_text(markdown(found))
    pictures = {"diversity": save(diversity_figure(found), results / "diversity")}
    if not traded.empty:
        about = cfg.compare.tradeoff
        figure = tradeoff_figure(found, traded, f"{about.explorer}, {about.setting}")
        pictures["tradeoff"] = save(figure, results / "tradeoff")
    threshold = min(cfg.compare.thresholds)
    for record in records:
        if any(name.endswith("mean") for name in record.arrays):
            sample = "_sample" if "seed" in record.meta["config"]["target"] else ""
            name = f"explorers_{record.meta['problem']}{sample}"
            pictures[name] = save(contest_figure(record, threshold), results / name)
    return found, pictures


def _pictures(solutions: Solutions, name: str) -> dict[str, np.ndarray]:
    feasible = solutions.images[torch.from_numpy(solutions.table["feasible"].to_numpy())]
    both = consensus(feasible if len(feasible) > 1 else solutions.images)
    return {
        f"{name}, images": to_pixels(solutions.images),
        f"{name}, feasible": solutions.table["feasible"].to_numpy(),
        f"{name}, mean": to_pixels(both.mean[None])[0],
        f"{name}, spread": both.spread.cpu().numpy(),
    }


def _tradeoff(cfg: DictConfig) -> Iterator[tuple[Any, SolutionExplorer]]:
    """Yield the explorer whose diversity is traded, at each value of its setting."""
    about = cfg.compare.tradeoff
    if about.explorer in cfg.compare.explorers:
        for value in about["values"]:
            node = cfg.compare.explorers[about.explorer]
            yield value, build(node, **{about.setting: value})


def _is_first(cfg: DictConfig, count: int) -> bool:
    return count == min(cfg.compare.counts)


def _is_shown(cfg: DictConfig, target: dict[str, Any]) -> bool:
    return "seed" not in target or target == building.samples(cfg)[cfg.samples.shown]


def _folder(cfg: DictConfig, problem: DictConfig, target: dict[str, Any], count: int) -> Path:
    return Path(cfg.results) / "records" / "comparison" / problem.name / f"{target['name']}-{count}"


def _configuration(
    cfg: DictConfig, problem: DictConfig, target: dict[str, Any], count: int
) -> dict[str, Any]:
    config = configuration(cfg, problem, target)
    used = {name: section for name, section in config.items() if name not in UNUSED}
    decisive = {name: value for name, value in plain(cfg.compare).items() if name != "counts"}
    if not _is_first(cfg, count):
        del decisive["tradeoff"]
    return used | {"compare": decisive | {"count": count}}


def main(cfg: DictConfig) -> None:
    for node in cfg.compare.explorers.values():
        build(node)
    list(_tradeoff(cfg))
    nets = building.networks(cfg, cfg.problems, cfg.compare.inversion)
    campaign.check(cfg, nets)
    _, pictures = draw(cfg, run(cfg, nets))
    print((Path(cfg.results) / "comparison.md").read_text())
    for path in pictures.values():
        print(path)
    print(f"`make figures PROFILE={cfg.profile.name}` puts them into the report")


if __name__ == "__main__":
    command(main)
