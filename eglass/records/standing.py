"""How what a record is made of compares with what is asked for."""

from __future__ import annotations

from enum import Enum


class Standing(Enum):
    """Whether a record is what would be computed now, and if not, why."""

    CURRENT = "current"
    CODE = "other code"
    INPUTS = "other weights or files"
    CONFIGURATION = "another configuration"
    MEANING = "another meaning of what is computed"
    DAMAGED = "damaged, or made before that could be told"
    MISSING = "missing"


#: The records that are used as they are, by the setting `records`.
USED = {
    "current": (Standing.CURRENT, Standing.CODE),
    "recompute": (Standing.CURRENT,),
    "keep": (
        Standing.CURRENT,
        Standing.CODE,
        Standing.INPUTS,
        Standing.CONFIGURATION,
        Standing.MEANING,
    ),
}
