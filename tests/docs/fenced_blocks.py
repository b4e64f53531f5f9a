"""The code of the pages for readers: commands and programs in fenced blocks, and commands within sentences."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from docs.scripts.sentence_lengths import ROOT, pages

SHELL = ("sh", "bash", "console")


def tokens(page: Path) -> list[Token]:
    """All tokens of a page, those of tables and sentences included."""
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def blocks(*languages: str) -> Iterator[tuple[str, str]]:
    """The place of every fenced block in one of the languages, as in README.md:12, and its text."""
    for page in pages():
        for token in tokens(page):
            if token.type == "fence" and token.info.strip() in languages:
                yield f"{page.relative_to(ROOT)}:{(token.map or [0])[0] + 1}", token.content


def commands() -> dict[str, str]:
    """Every command of a fenced block, without its comment, and the first place where it stands."""
    found: dict[str, str] = {}
    for place, text in blocks(*SHELL):
        for line in text.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            if words:
                found.setdefault(shlex.join(words), place)
    return found


def spoken_commands(program: str) -> Iterator[tuple[str, str]]:
    """Every command within a sentence or a table that begins like this, and its page."""
    for page in pages():
        for token in tokens(page):
            for child in token.children or []:
                if child.type == "code_inline" and child.content.startswith(f"{program} "):
                    yield child.content, str(page.relative_to(ROOT))
