"""A page in the browser: a measurement, its solutions, and a slider along any direction.

For example:

    eglass app
    eglass app generator=eyes problem=super_resolution
    eglass app app.port=9000 generator=module generator.weights=mine.pt
"""

from __future__ import annotations

from omegaconf import DictConfig

from eglass.configuration import command

#: What the extra `app` installs.
NEEDED = ("starlette", "uvicorn", "websockets")


def main(cfg: DictConfig) -> None:
    from importlib.util import find_spec

    from eglass.errors import InputError

    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise InputError(
            f"the page needs {', '.join(missing)}, not installed: pip install 'eglass[app]'"
        )
    from eglass.app.serving import serve

    serve(cfg)


if __name__ == "__main__":
    command(main, "app")
