"""Which targets there are, in words: a photograph, the generator's own images, a folder's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from eglass.configuration.build import chosen_for, plain
from eglass.errors import InputError
from eglass.records import IMAGE_SUFFIXES, sha256

#: A target as a configuration and a record describe it: `name`, and `seed` or a photograph's keys.
Target = dict[str, Any]


def kind(target: Target) -> str:
    """Return what a target is: a sample of the generator, the photograph, any image, or unknown,
    where its measurement alone is given.
    """
    if "seed" in target:
        return "sample"
    if "measurement" in target:
        return "unknown"
    return "photograph" if target["name"] == "photograph" else "image"


def targets(cfg: DictConfig, problem: str) -> list[Target]:
    """Return the photograph and the samples of a problem.

    Raises:
        InputError: there is no such photograph, or no such folder of samples.
    """
    return [photograph(cfg, problem), *samples(cfg)]


def shown_targets(cfg: DictConfig, problem: str) -> list[Target]:
    """Return the two targets that the figures show: the photograph and one sample."""
    return [photograph(cfg, problem), shown_sample(cfg)]


def shown_sample(cfg: DictConfig) -> Target:
    """Return the sample that the figures show: `samples.shown`, the last where there are fewer."""
    those = samples(cfg)
    return those[min(cfg.samples.shown, len(those) - 1)]


def shard(cfg: DictConfig, problem: str) -> list[Target]:
    """Return the targets of one job, `cfg.shard`."""
    return targets(cfg, problem)[cfg.shard.index :: cfg.shard.of]


def the_photograph(cfg: DictConfig, problem: str) -> list[Target]:
    """Return the photograph alone, as a list."""
    return [photograph(cfg, problem)]


def photograph(cfg: DictConfig, problem: str) -> Target:
    """Return the photograph that `cfg.target` names for a problem, its contents by their hash.

    Raises:
        InputError: there is no such file.
    """
    target = plain(chosen_for(cfg.target, problem))
    if target["path"] is not None:
        path = Path(target["path"]).expanduser()
        if not path.is_file():
            raise InputError(f"no image at {path}: give the path of an image file")
        target["sha256"] = sha256(path)
    return target


def explored(cfg: DictConfig, problem: str) -> Target:
    """Return what is explored: the photograph under its file's name, the generator's own image
    under its seed, or a measurement's target.

    Raises:
        InputError: there is no such file.
    """
    if cfg.measurement is not None:
        path = Path(cfg.measurement).expanduser()
        if not path.is_file():
            raise InputError(f"no measurement at {path}: give the path of a .png, .npy or .pt file")
        return {"name": path.stem, "measurement": str(path), "sha256": sha256(path)}
    if "seed" in cfg.target:
        return {"name": f"{cfg.target.name}-{cfg.target.seed}", "seed": cfg.target.seed}
    target = photograph(cfg, problem)
    return target if target["path"] is None else target | {"name": Path(target["path"]).stem}


def samples(cfg: DictConfig) -> list[Target]:
    """Return the targets that serve as a sample: a folder's images, or the generator's own.

    Raises:
        InputError: there is no such folder, or no image in it.
    """
    if cfg.samples.get("folder"):
        return _images_in(Path(cfg.samples.folder).expanduser(), plain(cfg.samples))
    return [
        {"name": f"sample-{i:03d}", "seed": cfg.samples.first_seed + i}
        for i in range(cfg.samples.count)
    ]


def _images_in(folder: Path, settings: dict[str, Any]) -> list[Target]:
    if not folder.is_dir():
        raise InputError(f"no folder at {folder}: samples.folder is to be a folder of images")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
    if not paths:
        raise InputError(f"no image in {folder}: expected files named {', '.join(IMAGE_SUFFIXES)}")
    read = {name: settings[name] for name in ("crop", "value_range")}
    return [
        {"name": path.name, "path": str(path), "sha256": sha256(path), **read} for path in paths
    ]
