"""One job of a sweep: settings in, a number out. With `--multirun`, Optuna chooses the settings.

For example:

    eglass sweep
    eglass sweep hydra/launcher=submitit_local hydra.sweeper.n_jobs=4
    eglass sweep hydra.sweeper.n_trials=64 problem=super_resolution profile.name=sr
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> float:
    from eglass.workflows import sweep

    score = sweep.run(cfg).meta["summary"][cfg.objective]
    settings = (
        f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in sweep.overrides().items()
    )
    print(f"{cfg.objective} {score:.4f} ", *settings, flush=True)
    return score


if __name__ == "__main__":
    command(main, "sweep")
