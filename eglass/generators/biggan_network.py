"""BigGAN-deep's network, from the package pytorch-pretrained-biggan, loaded strictly or random."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from eglass import weights as weight_files
from eglass.errors import InputError
from eglass.weights import sources

if TYPE_CHECKING:
    from pytorch_pretrained_biggan import BigGAN as Network

_PACKAGE = "pytorch_pretrained_biggan"
_REQUIREMENT = "pytorch-pretrained-biggan==0.1.1"
#: What a configuration must say; the package would fall back on those of 128 pixels.
_ESSENTIAL = {"z_dim", "channel_width", "layers", "attention_layer_position"}

#: How each network departs from the package's defaults, for random weights; trained weights bring
#: their own configuration. A layer is (whether it doubles the size, its input and output channels
#: in units of the width). The network of 32 pixels is small enough for tests; nobody trained it.
ARCHITECTURES: dict[str, dict[str, Any]] = {
    "biggan-deep-32": {
        "output_dim": 32,
        "z_dim": 64,
        "class_embed_dim": 64,
        "channel_width": 8,
        "attention_layer_position": 2,
        "layers": [(True, 16, 8), (True, 8, 4), (False, 4, 2), (True, 2, 1)],
    },
    "biggan-deep-128": {},
    "biggan-deep-256": {
        "output_dim": 256,
        "layers": [
            *[(False, 16, 16), (True, 16, 16), (False, 16, 16), (True, 16, 8)],
            *[(False, 8, 8), (True, 8, 8), (False, 8, 8), (True, 8, 4)],
            *[(False, 4, 4), (True, 4, 2), (False, 2, 2), (True, 2, 1)],
        ],
    },
    "biggan-deep-512": {
        "output_dim": 512,
        "layers": [
            *[(False, 16, 16), (True, 16, 16), (False, 16, 16), (True, 16, 8)],
            *[(False, 8, 8), (True, 8, 8), (False, 8, 8), (True, 8, 4)],
            *[(False, 4, 4), (True, 4, 2), (False, 2, 2), (True, 2, 1)],
            *[(False, 1, 1), (True, 1, 1)],
        ],
    },
}


def load(config: Path, weights: Path) -> Network:
    """Build the network of a configuration file and load its weights, every one and no other.

    The package's own `from_pretrained` would unpickle anything and forgive missing keys.

    Raises:
        InputError: a file is missing or unreadable, or they do not fit each other.
    """
    network = _build(_read_config(config), seed=0)
    state = weight_files.load_tensors(weights)
    if not isinstance(state, Mapping):
        raise InputError(f"weight file {weights} is not a state dict: give a BigGAN-deep's")
    expected = set(network.state_dict())
    for kind, keys in (("lacks", expected - set(state)), ("has unknown", set(state) - expected)):
        if keys:
            raise InputError(
                f"weight file {weights} {kind} keys ({len(keys)}, such as {min(keys)}) for the "
                f"BigGAN-deep of {config}: give files that belong together"
            )
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise InputError(
            f"weight file {weights} has a layer of the wrong shape for the BigGAN-deep of {config} "
            f"({str(error).splitlines()[1].strip()}); give files that belong together"
        ) from error
    return network


def random(name: str, seed: int) -> Network:
    """Build a network of `ARCHITECTURES` with seeded random weights, for timing only.

    Its activations are sane: spectral norms are settled, and batch statistics are those of a batch.
    """
    network = _build(ARCHITECTURES[name], seed)
    rng = torch.Generator().manual_seed(seed)
    # The package leaves the last batch norm uninitialised, and its attention switched off.
    nn.init.ones_(network.generator.bn.weight)
    nn.init.zeros_(network.generator.bn.bias)
    for module in network.modules():
        if hasattr(module, "gamma"):
            nn.init.ones_(module.gamma)
    nn.init.normal_(network.embeddings.weight, generator=rng)
    _settle_spectral_norms(network)
    _settle_batch_norms(network, rng)
    return network


def published(name: str, *, download: bool) -> tuple[Path, Path]:
    """Return the published configuration and weights, from a cache or from the publisher.

    Raises:
        InputError: nobody publishes that network, or its files cannot be had.
    """
    model, cache = _package("model"), _package("file_utils")
    if name not in model.PRETRAINED_MODEL_ARCHIVE_MAP:
        raise InputError(
            f"no trained {name} is published (only {', '.join(model.PRETRAINED_MODEL_ARCHIVE_MAP)})"
            f": give generator.weights=FOLDER, or generator.weights={sources.RANDOM}"
        )

    def locate(file: str, url: str) -> Path:
        # The package's own cache names a file by hashes of its link and of its version.
        folder, stem = Path(cache.PYTORCH_PRETRAINED_BIGGAN_CACHE), cache.url_to_filename(url)
        versions = sorted(p for p in folder.glob(f"{stem}.*") if p.suffix != ".json")
        return sources.locate(
            sources.PublishedFile(f"{name}/{file}", url),
            elsewhere=[folder / stem, *versions],
            download=download,
        )

    return (
        locate(model.CONFIG_NAME, model.PRETRAINED_CONFIG_ARCHIVE_MAP[name]),
        locate(model.WEIGHTS_NAME, model.PRETRAINED_MODEL_ARCHIVE_MAP[name]),
    )


def in_folder(folder: Path) -> tuple[Path, Path]:
    """Return the paths of a configuration and weights as the package names them in a folder."""
    model = _package("model")
    return folder / model.CONFIG_NAME, folder / model.WEIGHTS_NAME


def _package(module: str) -> ModuleType:
    # Imported on use: it brings a cloud client along, and only this family needs it.
    try:
        return importlib.import_module(f"{_PACKAGE}.{module}")
    except ImportError as error:
        raise InputError(
            f"BigGAN needs a package that cannot be imported ({error}): install the "
            f"extra for it, pip install 'eglass[biggan]', or {_REQUIREMENT}"
        ) from error


def _read_config(path: Path) -> dict[str, Any]:
    weight_files.check(path, None)
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path} is not JSON ({error}): give the published file") from error
    if not isinstance(config, dict) or not set(config) >= _ESSENTIAL:
        raise InputError(
            f"{path} is not a BigGAN-deep's configuration: expected a dictionary with "
            f"{', '.join(sorted(_ESSENTIAL))}; give the published file"
        )
    return config


def _build(config: dict[str, Any], seed: int) -> Network:
    package = _package("model")
    with torch.random.fork_rng(devices=[]):  # Its layers draw from the global generator.
        torch.default_generator.manual_seed(seed)
        try:
            network = package.BigGAN(package.BigGANConfig.from_dict(config))
        except (TypeError, ValueError, IndexError, RuntimeError, ZeroDivisionError) as error:
            raise InputError(
                f"a BigGAN-deep's configuration cannot be built ({error}): give the config.json "
                "that was published with the weights"
            ) from error
    return network.eval().requires_grad_(False)


def _settle_spectral_norms(network: Network, iterations: int = 20) -> None:
    """Power iterations, which the package leaves to training: without them σ is a random number."""
    for module in network.modules():
        if hasattr(module, "weight_orig"):
            matrix = module.weight_orig.flatten(1)
            for _ in range(iterations):
                module.weight_v.copy_(F.normalize(matrix.T @ module.weight_u, dim=0))
                module.weight_u.copy_(F.normalize(matrix @ module.weight_v, dim=0))


def _settle_batch_norms(network: Network, rng: torch.Generator, batch: int = 4) -> None:
    """Give each batch norm, in turn, the statistics of what arrives there, at every truncation.

    Then scale the last one for pixels of standard deviation 1/2 before the tanh.
    """

    def settle(norm: Any, inputs: tuple[Tensor, ...]) -> None:
        norm.running_means.copy_(inputs[0].mean((0, 2, 3)))
        norm.running_vars.copy_(inputs[0].var((0, 2, 3)))

    def settle_pixels(tanh: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        network.generator.bn.weight.div_(2 * inputs[0].std())

    hooks = [
        module.register_forward_pre_hook(settle)
        for module in network.modules()
        if hasattr(module, "running_means")
    ]
    hooks.append(network.generator.tanh.register_forward_pre_hook(settle_pixels))
    config = network.config
    classes = torch.randint(config.num_classes, (batch,), generator=rng)
    network(
        torch.randn(batch, config.z_dim, generator=rng),
        F.one_hot(classes, config.num_classes).float(),
        1.0,
    )
    for hook in hooks:
        hook.remove()
