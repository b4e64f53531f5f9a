"""FLAME as a source of identities, from the user's own licensed model file.

The file holds `v_template` (V, 3), `shapedirs` (V, 3, shapes + 100 expressions) and `f` (F, 3), as .npz or as
the pickle it is distributed in (flame.is.tue.mpg.de). The pickle is read by an unpickler that accepts numbers
and arrays only: it cannot run code. FLAME has no ARKit shapes.
"""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from landmark_driver.head.identity_model import HeadModelError
from landmark_driver.identities.linear_head_model import LinearHeadModel, head_unit, topology_of

_EXPRESSIONS = 100
"""The last directions of `shapedirs` are FLAME's own expressions, no identities."""
_ARRAYS = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
    ("_codecs", "encode"),
    ("copy_reg", "_reconstructor"),
    ("copyreg", "_reconstructor"),
    ("__builtin__", "object"),
    ("builtins", "object"),
}


class _OpaqueArray:
    """A stand-in for array types of other libraries (chumpy, SciPy); it keeps their state and runs nothing."""

    def __init__(self, *ignored: Any):
        self.state: dict[str, Any] = {}

    def __setstate__(self, state: Any) -> None:
        self.state = state if isinstance(state, dict) else {}


class _ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> Any:
        if (module_name, global_name) in _ARRAYS:
            return super().find_class(module_name.replace("copy_reg", "copyreg"), global_name)
        if module_name.split(".")[0] in ("chumpy", "scipy"):
            return _OpaqueArray
        raise pickle.UnpicklingError(f"'{module_name}.{global_name}' is no array")


def load_flame_identities(path: Path) -> LinearHeadModel:
    """Read FLAME's mean head and identity shapes, on its own mesh.

    Args:
        path: FLAME's model file, .pkl or .npz.

    Returns:
        The model, metres; its ARKit displacements and gaze turns are zero, and it has no landmarks.

    Raises:
        HeadModelError: for a file that cannot be read or lacks FLAME's arrays, or a mesh without two eyeballs.
    """
    arrays = _read(path)
    try:
        vertices, faces = np.asarray(arrays["v_template"], float), np.asarray(arrays["f"], np.int64)
        shapes = np.asarray(arrays["shapedirs"], float)
        fits = shapes.shape[:2] == vertices.shape and faces.shape[1] == 3 and faces.max() < len(vertices)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise HeadModelError(
            f"Expected v_template, shapedirs and f in '{path}', got '{error}'. Give FLAME's model file."
        ) from error
    if not fits or shapes.shape[2] <= _EXPRESSIONS:
        raise HeadModelError(
            f"Expected shapedirs of ({len(vertices)}, 3, more than {_EXPRESSIONS}) in '{path}', "
            f"got {shapes.shape}. Give FLAME's model file."
        )
    topology = topology_of(vertices, faces)
    unit = head_unit(vertices, topology)
    return LinearHeadModel(
        name="flame",
        topology=topology,
        mean_vertices=unit * vertices,
        directions=unit * np.moveaxis(shapes[:, :, :-_EXPRESSIONS], 2, 0),
        expressions=np.zeros((52, *vertices.shape)),
        turns=np.zeros((52, 2, 3)),
        landmark_vertices=np.zeros(0, int),
    )


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file() or path.suffix not in (".npz", ".pkl"):
        raise HeadModelError(f"Expected FLAME's model file (.pkl or .npz), got '{path}'. Give its path.")
    try:
        if path.suffix == ".npz":
            with path.open("rb") as file, np.load(file) as data:
                return {name: data[name] for name in data.files}
        with path.open("rb") as file:
            found = _ArrayUnpickler(file, encoding="latin1").load()
    except (
        pickle.UnpicklingError,
        zipfile.BadZipFile,
        EOFError,
        ValueError,
        OSError,
        AttributeError,
    ) as error:
        raise HeadModelError(
            f"Expected FLAME's model file, got '{path}', which cannot be read: {error}. Download it again."
        ) from error
    if not isinstance(found, dict):
        raise HeadModelError(
            f"Expected a dictionary of arrays in '{path}', got {type(found).__name__}. Choose FLAME's model file."
        )
    return {name: _plain(value) for name, value in found.items()}


def _plain(value: Any) -> Any:
    """Return the array inside a chumpy object, and any other value as it is."""
    return value.state.get("x", value) if isinstance(value, _OpaqueArray) else value
