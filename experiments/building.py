"""From a configuration to the objects that it names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import skimage.data
import torch
from hydra.errors import InstantiationException
from hydra.utils import instantiate
from jaxtyping import Float
from omegaconf import DictConfig, OmegaConf
from torch import Tensor

from eglass.errors import InputError
from eglass.generators import Generator
from eglass.generators.weights import sha256
from eglass.images import cropped, read_photograph, resized
from eglass.inversion import AdaptiveInversion
from eglass.perceptual import LPIPS
from eglass.problems import Problem

#: Photographs in colour that scikit-image's package holds.
PICTURES = ("astronaut", "chelsea", "coffee", "rocket")

#: Names of the files that are taken for images in a folder.
SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp")


@dataclass(frozen=True)
class Networks:
    """Both networks, on their device, and the inversion, which may keep what it learns of them."""

    generator: Generator
    perceptual: LPIPS
    device: torch.device
    invert: AdaptiveInversion


def plain(node: DictConfig) -> dict[str, Any]:
    """Return a configuration as plain data, interpolations resolved."""
    return cast(dict[str, Any], OmegaConf.to_container(node, resolve=True))


def chosen_for(node: DictConfig, problem: str) -> DictConfig:
    """Return what is configured for one problem: its own section where there is one, else all."""
    return node.get(problem, node)


def build(node: Any, **arguments: Any) -> Any:
    """Make the object that a configuration's `_target_` names.

    Raises:
        InputError: what the object itself says of its arguments.
    """
    try:
        return instantiate(node, _convert_="all", **arguments)
    except InstantiationException as error:
        if isinstance(error.__cause__, InputError):
            raise error.__cause__ from None
        raise


def networks(
    cfg: DictConfig, problems: Iterable[str], inversion: DictConfig | None = None
) -> dict[str, Networks]:
    """Load the networks of every problem; a generator that several share is loaded once.

    Args:
        inversion: another than the configuration's own.
    """
    device = torch_device(cfg.device)
    perceptual = build(cfg.perceptual).to(device)
    invert = build(cfg.inversion if inversion is None else inversion)
    loaded: dict[str, Generator] = {}
    found = {}
    for problem in problems:
        node = chosen_for(cfg.generator, problem)
        key = OmegaConf.to_yaml(node, resolve=True)
        if key not in loaded:
            loaded[key] = build(node).to(device)
        found[problem] = Networks(loaded[key], perceptual, device, invert)
    return found


def torch_device(name: str) -> torch.device:
    """Return the device that `name` (auto, cpu, cuda) stands for.

    Raises:
        InputError: it is none of them, or there is no GPU.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name.split(":")[0] not in ("cpu", "cuda"):
        raise InputError(f"device is {name}: expected auto, cpu or cuda")
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise InputError("device is cuda, but PyTorch sees no GPU here: use device=cpu")
    return torch.device(name)


def photograph(cfg: DictConfig, problem: str) -> dict[str, Any]:
    """Describe the photograph that `cfg.target` names for a problem, contents included.

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


def samples(cfg: DictConfig) -> list[dict[str, Any]]:
    """Describe the targets that serve as a sample: a folder's images, or the generator's own.

    Raises:
        InputError: there is no such folder, or no image in it.
    """
    if cfg.samples.get("folder"):
        return _images_in(Path(cfg.samples.folder).expanduser(), plain(cfg.samples)["crop"])
    return [
        {"name": f"sample-{i:03d}", "seed": cfg.samples.first_seed + i}
        for i in range(cfg.samples.count)
    ]


def _images_in(folder: Path, crop: list[float] | None) -> list[dict[str, Any]]:
    if not folder.is_dir():
        raise InputError(f"no folder at {folder}: samples.folder is to be a folder of images")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise InputError(f"no image in {folder}: expected files named {', '.join(SUFFIXES)}")
    return [
        {"name": path.name, "path": str(path), "crop": crop, "sha256": sha256(path)}
        for path in paths
    ]


def load_photograph(target: dict[str, Any]) -> Float[Tensor, "3 height width"]:
    """Return the photograph that a description stands for, cropped, at its own resolution.

    Raises:
        InputError: it cannot be used.
    """
    if target["path"] is None:
        return cropped(bundled_picture(target["picture"]), target["crop"] or target["picture_crop"])
    return cropped(read_photograph(Path(target["path"]).expanduser()), target["crop"])


def load_target(target: dict[str, Any], generator: Generator) -> Float[Tensor, "1 3 height width"]:
    """Return the image that a description stands for, at the generator's resolution.

    Raises:
        InputError: the photograph cannot be used.
    """
    if "seed" in target:
        rng = torch.Generator().manual_seed(target["seed"])
        with torch.no_grad():
            return generator(generator.sample(1, rng))
    return resized(load_photograph(target), generator.resolution).to(generator.device)


def enlargement(target: dict[str, Any], generator: Generator) -> float:
    """Return by how much a photograph is enlarged to the generator's resolution; 1 if it is not."""
    if "seed" in target:
        return 1.0
    side = min(load_photograph(target).shape[1:])
    return max(1.0, generator.resolution / side)


def bundled_picture(name: str) -> Float[Tensor, "3 height width"]:
    """Return one of scikit-image's colour photographs, in [-1, 1].

    Raises:
        InputError: there is none of that name.
    """
    if name not in PICTURES:
        raise InputError(f"target.picture is {name!r}: expected one of {', '.join(PICTURES)}")
    pixels = torch.from_numpy(getattr(skimage.data, name)())
    return pixels.permute(2, 0, 1) / 127.5 - 1


def simulate(
    problem: DictConfig | dict[str, Any],
    image: Float[Tensor, "1 3 height width"],
    seed: int,
) -> Problem:
    """Build the operator for images of this size and measure the image with it."""
    size = (image.shape[1], image.shape[2], image.shape[3])
    # Drawn on the CPU, a random operator is the same one on every device.
    physics = build(problem["physics"], img_size=size, device="cpu").to(image.device)
    rng = torch.Generator(image.device).manual_seed(seed)
    return Problem.simulate(
        physics, image, threshold=problem["threshold"], noise=problem["noise"], rng=rng
    )
