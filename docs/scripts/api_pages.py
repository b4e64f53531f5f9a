"""The reference of Python's side: the public face by autodoc, and a map of every package read from its files."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path

from tests.import_order import ORDER

ROOT = Path(__file__).parents[2]
DOCUMENTED = (
    "landmark_driver",
    "landmark_driver.live",
    "landmark_driver.drivers",
    "landmark_driver.landmarks",
    "landmark_driver.tissue",
    "landmark_driver.head",
    "capture.frames",
    "capture.takes",
    "export.animation",
)
"""The packages whose modules are documented in full; all others are in the map."""


def api_markdown() -> str:
    """Return the reference of `softdeca`'s public names.

    Returns:
        A section for each name in `softdeca.__all__`.
    """
    face = importlib.import_module("softdeca")
    return "\n\n".join(_public_name(name, getattr(face, name)) for name in face.__all__) + "\n"


def modules_markdown() -> str:
    """Return the reference of the packages, highest first.

    Returns:
        A section for each package: its modules in full, or a table of them.
    """
    return "\n\n".join(_package(folder) for folder in reversed(ORDER)) + "\n"


def modules(folder: str) -> list[Path]:
    """Return the public modules directly in a package.

    Args:
        folder: the package's dotted name.

    Returns:
        Their files, in alphabetical order.
    """
    return sorted(path for path in ROOT.joinpath(*folder.split(".")).glob("*.py") if path.name[0] != "_")


def plain_to_rst(
    _app: object, _what: str, _name: str, _object: object, _options: object, lines: list[str]
) -> None:
    """Turn a docstring's Markdown code and plain signs into reStructuredText, in place.

    Args:
        lines: the docstring's lines.
    """
    written: list[str] = []
    literal = False
    for line in lines:
        if line.startswith("    ") and written and not written[-1].strip() and not literal:
            literal = True  # an indented paragraph, as trees and layouts of files are drawn
            written += ["::", ""]
        literal = literal and (not line.strip() or line.startswith("    "))
        written.append(line if literal else _rst_line(line))
    lines[:] = written


def _rst_line(line: str) -> str:
    parts = re.split(r"(`+[^`]+`+)", line)
    code = [f"``{part.strip('`')}``" if number % 2 else _escaped(part) for number, part in enumerate(parts)]
    return "".join(code)


def _escaped(text: str) -> str:
    """Return a text in which stars, bars and a slash at its beginning have no meaning of their own."""
    return re.sub(r"[*|]|^\s*/", lambda found: found[0][:-1] + "\\" + found[0][-1], text)


def _public_name(name: str, value: object) -> str:
    if inspect.isclass(value):
        kind, members = "autoexception" if issubclass(value, BaseException) else "autoclass", "\n   :members:"
    else:
        kind, members = ("autofunction" if callable(value) else "autodata"), ""
    return f"## {name}\n\n```{{eval-rst}}\n.. {kind}:: softdeca.{name}{members}\n```"


def _package(folder: str) -> str:
    place = ROOT.joinpath(*folder.split("."))
    about = ast.get_docstring(ast.parse((place / "__init__.py").read_text(encoding="utf-8"))) or ""
    names = [f"{folder}.{path.stem}" for path in modules(folder)]
    if folder in DOCUMENTED:
        blocks = [
            f"### {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n   :members:\n```" for name in names
        ]
    else:
        rows = "\n".join(f"| `{path.stem}` | {_summary(path)} |" for path in modules(folder))
        blocks = [f"| module | its idea |\n|---|---|\n{rows}"] if rows else []
    return "\n\n".join([f"## {folder}", _one_line(about), *blocks])


def _summary(path: Path) -> str:
    """Return the first paragraph of a module's docstring."""
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return _one_line(said.split("\n\n")[0]).replace("|", "\\|")


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("<", "&lt;")
