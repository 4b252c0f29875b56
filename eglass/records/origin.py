"""All that decides what a record holds, and whether a record is of it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eglass.records.files import sha256


@dataclass(frozen=True)
class Origin:
    """What a record is made of.

    Attributes:
        config: the settings, as JSON data.
        inputs: SHA-256 by name: of each file that a setting names, and of each network's weights.
    """

    config: dict[str, Any]
    inputs: dict[str, str]

    @classmethod
    def of(
        cls, config: Mapping[str, Any], weights: Mapping[str, Mapping[str, Any]] | None = None
    ) -> Origin:
        """Return the origin of what is computed with these settings, at this moment.

        Args:
            config: the settings; what they name and is not there is left out.
            weights: of each network, as a record's meta data hold them; none where no network is
                loaded, so that the files alone are looked at.
        """
        plain = json.loads(json.dumps(config))
        inputs = {key: sha256(path) for key, path in _files(plain)}
        for name, network in (weights or {}).items():
            if network["sha256"] is not None:
                inputs[name] = network["sha256"]
        return cls(plain, inputs)

    @property
    def meta(self) -> dict[str, Any]:
        """What a record says of its origin."""
        return {"config": self.config, "inputs": self.inputs}

    @property
    def fingerprint(self) -> str:
        """A short name: equal origins, equal names."""
        return fingerprint(self.meta)

    def made(self, folder: Path) -> bool:
        """Say whether `folder` holds a record of this origin.

        An input that is not here any more is not held against it.
        """
        try:
            meta = json.loads((folder / "record.json").read_text())
        except (OSError, ValueError):
            return False
        before = meta.get("inputs", {})
        return meta.get("config") == self.config and all(
            before.get(name) == digest for name, digest in self.inputs.items()
        )


def fingerprint(data: Mapping[str, Any]) -> str:
    """Return a short name for JSON data: equal data, equal names."""
    text = json.dumps(data, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _files(config: Any, key: str = "") -> Iterator[tuple[str, Path]]:
    """Yield every setting whose value is the path of a file, and that path."""
    if isinstance(config, Mapping):
        for name, value in config.items():
            yield from _files(value, f"{key}.{name}" if key else name)
    elif isinstance(config, list):
        for i, value in enumerate(config):
            yield from _files(value, f"{key}.{i}")
    elif isinstance(config, str) and os.path.isfile(path := os.path.expanduser(config)):
        yield key, Path(path)
