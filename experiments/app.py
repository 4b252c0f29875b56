"""A page in the browser: a measurement, its solutions, and a slider along any direction.

For example:

    eglass app
    eglass app generator=eyes problem=super_resolution
    eglass app app.port=9000 generator=module generator.weights=mine.pt
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from eglass.app.serving import serve

    serve(cfg)


if __name__ == "__main__":
    command(main, "app")
