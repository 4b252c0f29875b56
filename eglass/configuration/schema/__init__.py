"""The types and ranges of every setting in `conf/`; the numbers themselves are there.

Nothing here is imported but pydantic, so that a wrong setting is refused at once.
"""

from eglass.configuration.schema.bench import Bench
from eglass.configuration.schema.calibration import Calibrate
from eglass.configuration.schema.roots import App, Config, Explore, Gallery, Sweep
from eglass.configuration.schema.sections import TARGETS, UNKNOWN, WRONG, Node, Section
from eglass.configuration.schema.training import Train

#: What is checked of the configuration that is composed from each root of `conf/`.
ROOTS: dict[str, type[Section]] = {
    "config": Config,
    "explore": Explore,
    "app": App,
    "gallery": Gallery,
    "sweep": Sweep,
    "train": Train,
    "bench": Bench,
    "calibrate": Calibrate,
}

__all__ = ["ROOTS", "TARGETS", "UNKNOWN", "WRONG", "Node", "Section"]
