"""The reference of the command line, read from the parser that `softdeca` runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import tyro

from softdeca.cli import Command

Parser = Any
"""An `argparse.ArgumentParser`; tyro has a copy of the class."""
_DEFAULT = re.compile(r"\s*\((?:default: (?P<value>.*?)|(?P<word>required|repeatable))\)$", re.DOTALL)


def parsers() -> dict[str, Parser]:
    """Return the parser of each command.

    Returns:
        Parsers by command, as in "softdeca head fit", in the order of `softdeca --help`.
    """
    top = tyro.extras.get_parser(cast(type, Command), prog="softdeca")
    return {name: parser for name, parser in _walk("softdeca", top) if _arguments(parser)}


def command_line_markdown() -> str:
    """Return the reference of all commands.

    Returns:
        A section for each command, with a table of its arguments.
    """
    return "\n\n".join(_section(name, parser) for name, parser in parsers().items()) + "\n"


def _walk(name: str, parser: Parser) -> Iterator[tuple[str, Parser]]:
    yield name, parser
    for action in parser._actions:
        if isinstance(action.choices, dict):
            for word, child in action.choices.items():
                yield from _walk(f"{name} {word}", child)


def _arguments(parser: Parser) -> list[Any]:
    return [a for a in parser._actions if not isinstance(a.choices, dict) and a.dest != "help"]


def _section(name: str, parser: Parser) -> str:
    rows = "\n".join(_row(action) for action in _arguments(parser))
    return f"## {name}\n\n{_cell(parser.description)}\n\n| argument | value | default | meaning |\n|---|---|---|---|\n{rows}"


def _row(action: Any) -> str:
    meaning, default = str(action.help or ""), ""
    if found := _DEFAULT.search(meaning):
        meaning, default = (
            meaning[: found.start()],
            found["word"] or ("" if found["value"] == "None" else f"`{found['value']}`"),
        )
    spelled = ", ".join(f"`{option}`" for option in action.option_strings)
    name = action.dest.rpartition(".")[2]
    value = (
        "" if action.nargs == 0 else f"`{str(action.metavar).replace('{None}|', '').replace('{None,', '{')}`"
    )
    meaning = "" if meaning == action.dest else meaning
    return f"| {spelled or f'`{name.upper()}`'} | {_cell(value)} | {_cell(default)} | {_cell(meaning)} |"


def _cell(text: str | None) -> str:
    """Return a text for one cell of a table: one line, no bar."""
    return re.sub(r"\s+", " ", text or "").replace("|", "\\|").replace("<", "&lt;")
