"""All that decides what a record holds, and whether a record is of it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eglass.errors import InputError
from eglass.files import sha256
from eglass.records.code import RECORDING, code
from eglass.records.record import DamagedRecord, read_meta
from eglass.records.standing import Standing

#: Counts the changes of what a record holds and of what it means: those of before are computed
#: again.
MEANING = 2


@dataclass(frozen=True)
class Origin:
    """What a record is made of.

    Attributes:
        config: the settings, as JSON data.
        inputs: SHA-256 by name: of each file that a setting names, of each module of somebody's own
            that one does, and of each network's weights.
        code: digest of the code of ours that computes.
        modules: of ours, that compute.
    """

    config: dict[str, Any]
    inputs: dict[str, str]
    code: str
    modules: tuple[str, ...] = (RECORDING,)

    @classmethod
    def of(
        cls,
        config: Mapping[str, Any],
        weights: Mapping[str, Mapping[str, Any]] | None = None,
        modules: tuple[str, ...] = (RECORDING,),
    ) -> Origin:
        """Return the origin of what is computed with these settings, at this moment.

        Args:
            config: the settings; what they name and is not there is left out.
            weights: of each network, as a record's meta data hold them; none where no network is
                loaded, so that the files alone are looked at.
            modules: of ours, that compute.
        """
        plain = json.loads(json.dumps(config))
        inputs = {key: sha256(path) for key, path in _files(plain)}
        for name, network in (weights or {}).items():
            if network["sha256"] is not None:
                inputs[name] = network["sha256"]
        return cls(plain, inputs, code(*modules), modules)

    @classmethod
    def again(cls, meta: Mapping[str, Any]) -> Origin:
        """Return the origin of what would be computed now with a record's own settings."""
        return cls.of(meta["config"], modules=tuple(meta.get("modules", (RECORDING,))))

    @property
    def meta(self) -> dict[str, Any]:
        """What a record says of its origin."""
        return {
            "config": self.config,
            "inputs": self.inputs,
            "code": self.code,
            "meaning": MEANING,
            "modules": list(self.modules),
        }

    @property
    def fingerprint(self) -> str:
        """A short name: equal origins, equal names."""
        return fingerprint(self.meta)

    def standing(self, folder: Path) -> Standing:
        """Say how the record in `folder` compares with what would be computed now.

        An input that is not here any more is not held against it.
        """
        try:
            meta = read_meta(folder)
        except DamagedRecord:
            return Standing.DAMAGED
        except InputError:
            return Standing.MISSING
        return self.compared(meta)

    def compared(self, meta: Mapping[str, Any]) -> Standing:
        """Say how a record of such meta data compares with what would be computed now."""
        if meta.get("config") != self.config:
            return Standing.CONFIGURATION
        before = meta.get("inputs", {})
        if any(before.get(name) != digest for name, digest in self.inputs.items()):
            return Standing.INPUTS
        if meta.get("meaning") != MEANING:
            return Standing.MEANING
        return Standing.CURRENT if meta.get("code") == self.code else Standing.CODE


def fingerprint(data: Mapping[str, Any]) -> str:
    """Return a short name for JSON data: equal data, equal names."""
    text = json.dumps(data, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _files(config: Any, key: str = "") -> Iterator[tuple[str, Path]]:
    """Yield every setting that names a file, or code of somebody's own, and where that is."""
    if isinstance(config, Mapping):
        for name, value in config.items():
            inside = f"{key}.{name}" if key else name
            if name == "_target_" and (path := _own_module(str(value))) is not None:
                yield inside, path
            yield from _files(value, inside)
    elif isinstance(config, list):
        for i, value in enumerate(config):
            yield from _files(value, f"{key}.{i}")
    elif isinstance(config, str) and os.path.isfile(named := os.path.expanduser(config)):
        yield key, Path(named)


def _own_module(target: str) -> Path | None:
    """Return the file of the module that a dotted name is of, if it is nobody's package.

    Nothing is imported.
    """
    package, *inside = target.split(".")
    if package == "eglass":
        return None
    spec = None
    with suppress(ImportError, ValueError):
        spec = importlib.util.find_spec(package)
    if spec is None or not spec.has_location or spec.origin is None:
        return None
    found, place = Path(spec.origin), Path(spec.origin).parent
    installed = (sysconfig.get_path(each) for each in ("purelib", "platlib", "stdlib"))
    if any(found.is_relative_to(each) for each in installed):
        return None
    # The longest part of the name that is a file of that package.
    for end in range(len(inside), 0, -1):
        path = place.joinpath(*inside[:end]).with_suffix(".py")
        if spec.submodule_search_locations and path.is_file():
            return path
    return found
