"""Lengths of the documentation's sentences: `python -m docs.scripts.sentence_lengths [PAGE …]`.

A line a page has its number of sentences and their median length in words; each sentence that is too long follows.
"""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
MOST_WORDS = 35
"""No sentence may have more words."""
MEDIAN_WORDS = 18
"""The median sentence of a page may have at most this many words."""
_SENTENCE_END = re.compile(r"""(?<=[.!?])["”')]*\s+(?=["“(]*[A-Z0-9])""")
_RUN_IN_HEADING = re.compile(r"^\x01[^\x02]*\.\x02\s*")
_WORD = re.compile(r"\S*\w\S*")


def pages() -> list[Path]:
    """Return the pages for readers: `README.md`, `CONTRIBUTING.md` where there is one, and all of `docs/`.

    Returns:
        Their absolute paths, in alphabetical order within each folder.
    """
    top = [path for name in ("README.md", "CONTRIBUTING.md") if (path := ROOT / name).exists()]
    return top + sorted((ROOT / "docs").rglob("*.md"))


def sentences(markdown: str) -> list[str]:
    """Return the sentences of a page's paragraphs and list items.

    Code blocks, tables, headings, pictures and the targets of links are left out. Code within a sentence counts as one word.
    A bold opening of a paragraph that ends in a full stop is a heading.

    Args:
        markdown: the page's text.

    Returns:
        The sentences in the page's order, without markup.
    """
    found = []
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    for before, token in itertools.pairwise(tokens):
        if before.type == "paragraph_open" and token.type == "inline":
            text = _RUN_IN_HEADING.sub("", "".join(_spoken(token.children or [])).strip())
            text = text.replace("\x01", "").replace("\x02", "")
            found += [part.strip() for part in _SENTENCE_END.split(text) if _WORD.search(part)]
    return found


def length(sentence: str) -> int:
    """Return the number of words of a sentence.

    Args:
        sentence: as `sentences` returns it.

    Returns:
        The number of runs of letters and digits between spaces.
    """
    return len(_WORD.findall(sentence))


def _spoken(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the text of inline tokens, bold text between two marks."""
    for token in tokens:
        match token.type:
            case "text":
                yield token.content
            case "code_inline":
                yield "Code"
            case "softbreak" | "hardbreak":
                yield " "
            case "strong_open":
                yield "\x01"
            case "strong_close":
                yield "\x02"


def main(names: Sequence[str]) -> None:
    """Print the lengths of pages.

    Args:
        names: paths of pages; none for all.
    """
    every: list[int] = []
    for page in [Path(name).resolve() for name in names] or pages():
        found = sentences(page.read_text(encoding="utf-8"))
        lengths = [length(sentence) for sentence in found]
        every += lengths
        name = page.relative_to(ROOT) if page.is_relative_to(ROOT) else page
        print(f"{name}: {len(lengths)} sentences, median {median(lengths or [0]):g} words")
        for sentence in found:
            if length(sentence) > MOST_WORDS:
                print(f"  {length(sentence)}: {sentence}")
    over = sum(words > MOST_WORDS for words in every)
    print(f"all: {len(every)} sentences, median {median(every or [0]):g} words, {over} over {MOST_WORDS}")


if __name__ == "__main__":
    main(sys.argv[1:])
