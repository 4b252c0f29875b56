"""From a configuration to the objects that it names."""

from __future__ import annotations

import re
from typing import Any, cast

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from eglass.errors import InputError


def plain(node: DictConfig) -> dict[str, Any]:
    """Return a configuration as plain data, interpolations resolved."""
    return cast(dict[str, Any], OmegaConf.to_container(node, resolve=True))


def chosen_for(node: DictConfig, problem: str) -> DictConfig:
    """Return what is configured for one problem: its own section where there is one, else all."""
    return node.get(problem, node)


def build(node: Any, **arguments: Any) -> Any:
    """Return the object that a configuration's `_target_` names.

    Args:
        arguments: besides, or in place of, those in the configuration.

    Raises:
        InputError: what the object itself says of its arguments; or there is none of that name.
    """
    try:
        return instantiate(node, _convert_="all", **arguments)
    except InstantiationException as error:
        if isinstance(error.__cause__, InputError):
            raise error.__cause__ from None
        if found := re.match(r"Error locating target '(.+?)'", str(error)):
            why = getattr(error.__cause__, "__cause__", None) or error.__cause__
            raise InputError(
                f"{found[1]} cannot be imported ({why}): expected the dotted name of something "
                "that is installed, or in a module of this folder"
            ) from error
        raise
