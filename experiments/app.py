"""A page in the browser: a measurement, its solutions, and a slider along any direction.

For example:

    make app
    make app ARGS="generator=eyes problem=super_resolution"
    make app ARGS="app.port=9000 generator=module generator.weights=mine.pt"
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command


def main(cfg: DictConfig) -> None:
    from eglass.app.serving import serve

    serve(cfg)


if __name__ == "__main__":
    command(main, "app")
