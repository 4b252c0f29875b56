"""What found an image, and along what: objects that tables and labels are written from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Method:
    """A way to solutions.

    Attributes:
        key: in tables and in Weights & Biases: letters, digits and underscores.
        title: for people.
    """

    key: str
    title: str


PULSE = Method("pulse", "PULSE")
#: Along v^K and d at the fixed steps of Figs. 2 and 3.
EIGENVECTORS_STEPS = Method("eigenvectors_steps", "v^K")
ALGORITHM1_STEPS = Method("algorithm1_steps", "e-GLASS")
#: The same, as far as images stay feasible.
EIGENVECTORS = Method("eigenvectors", "v^K, largest step")
ALGORITHM1 = Method("algorithm1", "Algorithm 1")
#: In Table 1: all that ten solutions take; and the same after the fastest inversion.
EGLASS = Method("eglass", "e-GLASS")
FAST_INVERSION = Method("fast_inversion", "e-GLASS, fast inversion")


@dataclass(frozen=True)
class Direction:
    """What a solution was found along, or from.

    Attributes:
        kind: "v" for an eigenvector v^K, "d" for what Algorithm 1 makes of it, "g" for a trust
            region's, "r" for a random one; "draw" of the prior, "start" of a search.
        number: K, or which of them, from 1.
    """

    kind: str
    number: int

    def __str__(self) -> str:
        return f"{self.kind}{'' if len(self.kind) == 1 else ' '}{self.number}"

    def columns(self) -> dict[str, Any]:
        """Return what a table says of it: `direction`, for people, `kind` and `number`."""
        return {"direction": str(self), "kind": self.kind, "number": self.number}
