"""N solutions for one image: a grid, a CSV, where they differ, and a strip along one direction."""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig

from eglass.reporting.comparison_figures import consensus_figure, set_figure, strip_figure
from eglass.evaluation.claims import EDGE, of_method
from eglass.reporting.figures import edge_figure, save
from eglass.records import whole_file
from experiments import building, exploration, tracking
from experiments.cli import command


def main(cfg: DictConfig) -> None:
    nets = building.networks(cfg, [cfg.problem.name])[cfg.problem.name]
    target = building.photograph(cfg, cfg.problem.name)
    if target["path"] is not None:
        target["name"] = Path(target["path"]).stem
    log = tracking.tracker(cfg)
    exploration.check(cfg, cfg.problem, target, nets)
    record = exploration.explore(cfg, cfg.problem, target, nets)
    tracking.log_records(log, [record])

    place = Path(cfg.results) / f"{cfg.problem.name}-{target['name']}"
    method = record.meta["solutions_of"]
    found = of_method(record, method)
    with whole_file(place.with_name(f"{place.name}.csv")) as draft:
        found.to_csv(draft, index=False)
    grid = save(edge_figure(record) if method == EDGE else set_figure(record, method), place)
    others = {
        "agreement": save(consensus_figure(record), place.with_name(f"{place.name}-agreement")),
        "strip": save(strip_figure(record), place.with_name(f"{place.name}-strip")),
    }
    if not record.meta["inversion"]["reached"]:
        print(
            f"note: inversion stopped at ℓ2 = {record.meta['inversion']['l2']:.1e}, above its "
            f"target of {cfg.inversion.stop_at + cfg.problem.noise**2:.1e}; its best result is used"
        )
    columns = ["direction", "step", "l2", "lpips", "feasible"]
    print(found[columns].to_string(index=False, float_format="{:.4f}".format))
    print(f"\ngrid: {grid}\ntable: {place}.csv")
    for what, path in others.items():
        print(f"{what}: {path}")


if __name__ == "__main__":
    command(main, "explore")
