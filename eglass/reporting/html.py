"""Pages of HTML that load nothing: everything they show is inside the file."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from PIL import Image

from eglass.records import whole_file


def write_html(path: Path, template: str, **values: Any) -> None:
    """Write a page from a template of this package, whole or not at all.

    Args:
        template: the name of a file in `templates/`.
        values: what the template names, besides `css`.
    """
    css = Markup((Path(__file__).parent / "templates" / "report.css").read_text())
    page = rendered(template, css=css, **values)
    with whole_file(path) as draft:
        draft.write_text(page, encoding="utf-8")


def rendered(template: str, **values: Any) -> Markup:
    """Return a template of this package with some values in it.

    Args:
        template: the name of a file in `templates/`.
        values: what the template names.
    """
    jinja = Environment(
        loader=PackageLoader("eglass.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters["symbols"] = symbols
    return Markup(jinja.get_template(template).render(**values))


def embedded(png: Path) -> str:
    """Return the address of a picture that is inside the page."""
    return _address(png.read_bytes())


def embedded_pixels(pixels: UInt8[np.ndarray, "height width 3"]) -> str:
    """Return the address of an image that is inside the page, of the image's own size."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "png", optimize=True)
    return _address(buffer.getvalue())


def _address(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def symbols(text: str) -> Markup:
    """Set the paper's symbols: v^K, H_Y, d, ℓ2, z0, and 2.9e-3 so."""
    html = re.sub(r"(\de[+-])0(\d)", r"\1\2", str(escape(text)))
    html = re.sub(r"\b(\w)\^(\w+)", r"<b>\1</b><sup>\2</sup>", html)
    html = re.sub(r"\b(\w)_(\w)\b", r"<b>\1</b><sub>\2</sub>", html)
    html = re.sub(r"\bd\b", "<b>d</b>", html)
    return Markup(re.sub(r"ℓ2|\bz0", lambda found: f"{found[0][0]}<sub>{found[0][1]}</sub>", html))
