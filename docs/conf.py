"""The site of the documentation: `make docs`."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from eglass.weights import check, packaged_file

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

# What PyTorch deprecates of deepinv is nothing for a page.
warnings.filterwarnings("ignore", category=FutureWarning)

#: MathJax with all of its parts in one file: another build of it asks a network for some.
_MATHJAX = packaged_file(
    "mathjax", "static/mathjax/es5/tex-svg-full.js", "django-static-mathjax==3.2.2.1"
)
check(_MATHJAX, "214c3da890b16db3d1319684cc04f3fd4e72ea59d5eb3863f256146015fb1783")

project = "e-GLASS"
copyright = "e-GLASS contributors"
extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "myst_nb",
    "sphinx_gallery.gen_gallery",
    "extensions.written_pages",
    "extensions.docstrings",
    "extensions.nothing_from_elsewhere",
]
exclude_patterns = ["_build", "images", "extensions", "examples", "generated/gallery/*.ipynb"]
templates_path = ["_templates"]
# Notebooks are shown as they are committed; `make notebooks` executes them.
nb_execution_mode = "off"
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
myst_heading_anchors = 4

# Bases of PyTorch and deepinv bring docstrings in markup of their own.
autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autosummary_ignore_module_all = False
python_maximum_signature_line_length = 80
python_use_unqualified_type_names = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "generated/gallery",
    "filename_pattern": "",
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
    "copyfile_regex": r".*\.rst",
    "abort_on_example_error": True,
}

html_theme = "pydata_sphinx_theme"
html_title = "e-GLASS"
html_static_path = ["_static", str(_MATHJAX)]
html_css_files = ["site.css"]
html_show_sphinx = False
html_theme_options = {
    "show_prev_next": False,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "header_links_before_dropdown": 6,
}
html_sidebars = {"index": []}
mathjax_path = _MATHJAX.name
# Its menu offers what it would fetch from elsewhere.
mathjax3_config = {"options": {"enableMenu": False}}
