"""The named errors of all packages: one tree, one form of sentence. Read from the sources, so that nothing heavy is imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import capture.softdeca_error

ROOT = Path(__file__).parents[2]
PACKAGES = ("capture", "landmark_driver", "export", "desktop_viewer", "firmware_bench", "softdeca")
FORM = re.compile(r"Expected .*\bgot .*\. .*(\.|\{error\})", re.DOTALL)
"""Expected X, got Y. Do Z. The last sentence may be that of another error."""


@cache
def parsed_sources() -> list[tuple[Path, ast.Module]]:
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [
        (path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8")))
        for path in paths
        if "node_modules" not in path.parts
    ]


def parents() -> dict[str, str]:
    """Every class that derives from SoftdecaError, with the class that it derives from."""
    bases = {
        node.name: [ast.unparse(base) for base in node.bases]
        for _, tree in parsed_sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found: dict[str, str] = {}
    while new := {
        name: base
        for name, theirs in bases.items()
        for base in theirs
        if name not in found and (base == "SoftdecaError" or base in found)
    }:
        found |= new
    return found


def drawn_parents() -> dict[str, str]:
    """The same as the docstring of capture/softdeca_error.py draws it: four columns a level."""
    found: dict[str, str] = {}
    above: list[str] = []
    for line in (capture.softdeca_error.__doc__ or "").splitlines():
        if not (match := re.match(r"    ([│├└─ ]*)(\w+Error)\b", line)):
            continue
        level, name = len(match[1]) // 4, match[2]
        above[level:] = [name]
        if level:
            found[name] = above[level - 1]
    return found


def text_of(node: ast.expr) -> str | None:
    """The text of a literal, with {names} where values stand; None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    parts = (
        part.value if isinstance(part, ast.Constant) else "{" + ast.unparse(part.value) + "}"
        for part in node.values
        if isinstance(part, ast.Constant | ast.FormattedValue)
    )
    return "".join(str(part) for part in parts)


def raised_texts(names: set[str]) -> Iterator[tuple[str, str]]:
    """Where an error is made, and its message: the last literal among the arguments."""
    for path, tree in parsed_sources():
        for scope in ast.walk(tree):
            of_ours = isinstance(scope, ast.ClassDef) and scope.name in names
            for node in ast.walk(scope) if of_ours else [scope]:
                if not isinstance(node, ast.Call):
                    continue
                called = ast.unparse(node.func)
                if called in names or (of_ours and called == "super().__init__"):
                    texts = [text for argument in node.args if (text := text_of(argument))]
                    yield from ((f"{path}:{node.lineno}", text) for text in texts[-1:])


def test_the_drawn_tree_is_the_tree_of_the_classes() -> None:
    assert drawn_parents() == parents()


def test_every_named_error_derives_from_the_root() -> None:
    ours = parents()
    errors = {
        node.name: path
        for path, tree in parsed_sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).endswith(("Error", "Exception")) for base in node.bases)
    }
    strangers = {name for name in errors if name not in ours and not name.startswith("_")}
    assert strangers == {"SoftdecaError", "SampleFailed"}, "a failed sample is counted, not an error of input"


def test_every_message_says_what_was_expected_what_was_got_and_what_to_do() -> None:
    texts = list(raised_texts(set(parents())))
    assert len(texts) > 150
    wrong = [f"{place}: {text}" for place, text in texts if not FORM.fullmatch(text) or ";" in text]
    assert not wrong, "\n".join(wrong)
