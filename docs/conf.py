"""Sphinx's settings of the documentation: `make docs` builds it into build/docs, and a warning is an error."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from docs.scripts.api_pages import api_markdown, modules_markdown, plain_to_rst  # noqa: E402
from docs.scripts.command_line_page import command_line_markdown  # noqa: E402

project = "softdeca"
author = "softdeca"
release = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"softdeca {release}"
html_copy_source = False

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
# The site builds from the base install: heavy packages are only imported by name.
autodoc_mock_imports = ["anny", "cholespy", "igl", "numba", "torch"]
# Shapes such as "vertices 3" and types of other libraries have no page here.
nitpick_ignore_regex = [("py:.*", ".*")]
# Words in signatures such as bytes are also names of fields.
suppress_warnings = ["ref.python"]

_GENERATED = {
    "reference/command_line": command_line_markdown,
    "reference/api": api_markdown,
    "reference/modules": modules_markdown,
}


def _append_generated(_app: Sphinx, page: str, source: list[str]) -> None:
    """Append to a page its part that is read from the program."""
    if page in _GENERATED:
        source[0] += "\n" + _GENERATED[page]()


def setup(app: Sphinx) -> None:
    """Connect the generated parts of pages.

    Args:
        app: the builder.
    """
    app.connect("source-read", _append_generated)
    app.connect("autodoc-process-docstring", plain_to_rst, priority=100)  # before napoleon
