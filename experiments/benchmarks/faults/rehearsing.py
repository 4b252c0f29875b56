"""A command up to the point where it would compute: settings, networks, targets, all tried."""

from __future__ import annotations

from omegaconf import DictConfig


def main(cfg: DictConfig) -> None:
    """Try a configuration of any root of `conf/`, as its command does first."""
    from eglass.workflows import all_targets, exploration, networks, sweep, targets, tracking

    if "bench" in cfg or "training" in cfg:
        # Their commands begin to compute at once.
        return
    if "problems" in cfg:
        chosen = targets.shown_targets if "samples" in cfg else targets.the_photograph
        all_targets.check(cfg, networks.networks(cfg, cfg.problems), chosen)
    elif "objective" in cfg:
        sweep.rehearse(cfg)
    else:
        tracking.tracker(cfg)
        (nets,) = networks.networks(cfg, [cfg.problem.name]).values()
        target = targets.explored(cfg, cfg.problem.name)
        exploration.Task(cfg, cfg.problem, target, nets).check()
