"""Output files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from capture.softdeca_error import SoftdecaError


class OutputError(SoftdecaError):
    """A place that cannot be written to."""


def check_output(path: Path, endings: tuple[str, ...]) -> None:
    """Raise an error, before any long work, where a file cannot be written.

    Args:
        path: the file to write.
        endings: the allowed endings, each with its dot.

    Raises:
        OutputError: where `path` has another ending, is a folder, or lies where nothing can be written.
    """
    if path.suffix not in endings:
        raise OutputError(
            f"Expected an output ending in {' or '.join(endings)}, got '{path.name}'. Choose another name."
        )
    if path.is_dir():
        raise OutputError(f"Expected a file to write, got '{path}', which is a folder. Name a file in it.")
    if not path.parent.is_dir():
        raise OutputError(
            f"Expected an existing folder for '{path.name}', got '{path.parent}', which is none. "
            "Make it first, or choose another."
        )
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"Expected a folder that may be written to, got '{path.parent}'. Choose another.")


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Return a context with a temporary name beside `path`: renamed to `path` at its end, removed after a failure.

    Args:
        path: the file that appears whole or not at all.

    Returns:
        The path to write to inside the `with` block.

    Raises:
        OutputError: where the system refuses to write or rename.
    """
    unfinished = path.with_name(path.name + ".part")
    try:
        yield unfinished
        unfinished.replace(path)
    except OSError as error:
        raise OutputError(
            f"Expected to write '{path}', got '{error.strerror or error}'. "
            "Choose a place with room and permission."
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
