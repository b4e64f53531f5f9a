"""The library of C sources: its path, the check that it is of these sources, and its functions.

A call keeps the interpreter's lock (`PyDLL`): it is shorter than handing the lock to another thread and waiting for it, and
two threads cannot be in one stage at a time.
"""

from __future__ import annotations

import ctypes
import functools
from pathlib import Path

import numpy as np

from capture.softdeca_error import SoftdecaError
from landmark_driver.compiled.sources import sources_checksum

LIBRARY = Path(__file__).with_name("frame.so")
PROBLEM_BYTES = 200


_TYPES = {
    "p": ctypes.c_void_p,
    "s": ctypes.c_char_p,
    "i": ctypes.c_int,
    "d": ctypes.c_double,
    "n": None,
}
_FUNCTIONS = {
    "make_stage": ("p", "sps"),
    "run_stage": ("n", "pp"),
    "run_stages": ("n", "pip"),
    "free_stage": ("n", "p"),
    "undo_perspective": ("i", "ppppppidd"),
    "calibrate": ("n", "pppppppppp"),
    "correct_response": ("n", "pppppppppppiiii"),
    "set_apertures": ("n", "ppppppppd"),
    "advance_filter": ("n", "ppppid"),
    "follow_gaze": ("n", "ppp"),
    "move_flesh": ("n", "pppddd"),
}
"""Results and arguments, as `c/stage.h` and `c/face.h` declare them: pointers, text, whole numbers, doubles, nothing."""


class EvaluatorError(SoftdecaError):
    """An evaluator of frames that does not exist, or cannot run here."""


class LibraryError(EvaluatorError):
    """A library that is missing, of other sources, or not for this machine."""


class ArrayInC(ctypes.Structure):
    """`Array` of `c/arrays.h`."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("type", ctypes.c_char_p),
        ("values", ctypes.c_void_p),
        ("rows", ctypes.c_int),
        ("columns", ctypes.c_int),
    )


class ArraysInC(ctypes.Structure):
    """`Arrays` of `c/arrays.h`."""

    _fields_ = (("arrays", ctypes.POINTER(ArrayInC)), ("count", ctypes.c_int))


class FrameInC(ctypes.Structure):
    """`Frame` of `c/stage.h`."""

    _fields_ = tuple(
        (name, ctypes.c_void_p)
        for name in ("displacements", "gaze", "sway", "weights", "looks", "latent", "vertices")
    )


@functools.cache
def load_library(path: Path = LIBRARY) -> ctypes.PyDLL:
    """Return the library, its functions with their types.

    Args:
        path: of the shared library.

    Returns:
        The library; later calls with the same path return the same one.

    Raises:
        LibraryError: where it is missing, cannot be loaded, or was built of other sources than those beside it.
    """
    if not path.is_file():
        raise _unusable(path, "no file")
    try:
        library = ctypes.PyDLL(str(path))
        checksum = ctypes.c_char_p.in_dll(library, "sources_checksum").value or b""
    except (OSError, ValueError) as error:
        raise _unusable(path, f"a file that does not load ({error})") from error
    if checksum.decode() != sources_checksum():
        raise _unusable(path, "one of other sources")
    _declare(library)
    return library


def _unusable(path: Path, found: str) -> LibraryError:
    return LibraryError(
        f"Expected the compiled frame at '{path}', got {found}. "
        "Install softdeca again where there is a C compiler, or set SOFTDECA_EVALUATOR=numpy."
    )


def address(array: np.ndarray) -> int:
    """Return where a contiguous array begins.

    Args:
        array: contiguous; the caller keeps it alive.

    Returns:
        The address of its first entry.
    """
    assert array.flags.c_contiguous, "C reads arrays row by row"
    return array.ctypes.data


def _declare(library: ctypes.PyDLL) -> None:
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = _TYPES[result], [_TYPES[letter] for letter in arguments]
