"""Docstrings of public functions explain arguments and results, and arrays with their shapes and units."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.test_import_direction import PACKAGES, ROOT, parsed, sources

ENOUGH = 0.95
ARRAYS = re.compile(r"\b(Float|Int|UInt8|Bool|Shaped|Num|Integer|Real|Float32|Float64|Int32)\[")
ACCESSORS = ("property", "cached_property", "overload", "setter")
MEASURE = re.compile(
    r"\([^)]*[,)]|metres?|\bmm\b|millimet|radian|degree|second|\bms\b|\bpx\b|pixel|m/s|newton|joule|pascal|\bN\b"
    r"|no unit|0\.\.1|sRGB|indices|factor|fraction|boolean",
    re.IGNORECASE,
)
"""A shape in parentheses, a unit, or a word for numbers that have none."""


@dataclass(frozen=True)
class Documented:
    """A public function with its docstring."""

    name: str
    docstring: str
    arguments: dict[str, str]
    """Annotations by argument, `self` and `cls` left out."""
    gives: bool
    """Whether it returns a value."""

    @property
    def explains(self) -> bool:
        return "Args:" in self.docstring or bool(re.search(r"(Returns|Yields):", self.docstring))

    def about(self, argument: str) -> str | None:
        """The docstring's lines about an argument; None where there are none."""
        found = re.search(
            rf"^(\s+)\*{{0,2}}{argument}(?:, \w+)*:(.*(?:\n\1\s+.*)*)|^(\s+)(?:\w+, )+{argument}(?:, \w+)*:(.*)",
            self.docstring,
            re.MULTILINE,
        )
        return None if found is None else (found[2] or found[4])


@cache
def public_functions() -> tuple[Documented, ...]:
    """The functions and methods of all packages that have something to explain: an argument or a result."""
    return tuple(
        function
        for package in PACKAGES
        for path in sources(package)
        if not path.name.startswith("_") or path.name == "__init__.py"
        for function in _functions(parsed(path), str(path.relative_to(ROOT)))
        if function.arguments or function.gives
    )


def _functions(node: ast.Module | ast.ClassDef, place: str) -> Iterator[Documented]:
    for child in node.body:
        if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield from _functions(child, f"{place}:{child.name}")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and not child.name.startswith("_"):
            decorators = {ast.unparse(one).rpartition(".")[2] for one in child.decorator_list}
            if not decorators & set(ACCESSORS):
                yield _documented(child, place)


def _documented(node: ast.FunctionDef | ast.AsyncFunctionDef, place: str) -> Documented:
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    arguments = {
        one.arg: ast.unparse(one.annotation) if one.annotation else ""
        for one in given
        if one.arg not in ("self", "cls")
    }
    gives = node.returns is not None and ast.unparse(node.returns) not in ("None", "NoReturn", "Never")
    return Documented(f"{place}:{node.name}", ast.get_docstring(node) or "", arguments, gives)


def test_nearly_every_public_function_explains_arguments_or_result() -> None:
    functions = public_functions()
    silent = [function.name for function in functions if not function.explains]
    assert len(functions) > 900
    assert len(silent) <= (1 - ENOUGH) * len(functions), "\n".join(silent)


def test_a_function_that_explains_arguments_explains_all_of_them() -> None:
    missing = [
        f"{function.name}: {argument}"
        for function in public_functions()
        if "Args:" in function.docstring
        for argument in function.arguments
        if function.about(argument) is None
    ]
    assert not missing, "\n".join(missing)


def test_explanations_of_arrays_have_a_shape_or_a_unit() -> None:
    arrays = {
        f"{function.name}: {argument}": said
        for function in public_functions()
        for argument, annotation in function.arguments.items()
        if ARRAYS.search(annotation) and (said := function.about(argument)) is not None
    }
    assert len(arrays) > 300
    bare = [f"{name}: {said.strip()}" for name, said in arrays.items() if not MEASURE.search(said)]
    assert len(bare) <= (1 - ENOUGH) * len(arrays), "\n".join(bare)


def test_the_check_itself_finds_silent_functions() -> None:
    source = '''
def silent(a: int) -> int:
    """Return a."""

def speaks(a: int, points: Float[np.ndarray, "V 3"]) -> int:
    """Return a.

    Args:
        a: a number.
        points: (V, 3) metres.
    """

def _hidden(a): ...

class A:
    @property
    def size(self) -> int: ...
'''
    silent, speaks = _functions(ast.parse(source), "x.py")
    assert not silent.explains and speaks.explains
    assert speaks.about("points") == " (V, 3) metres." and speaks.about("b") is None
    assert MEASURE.search(" (V, 3) metres.") and not MEASURE.search(" of the head.")
