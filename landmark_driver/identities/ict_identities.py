"""ICT-FaceKit's light face model as a source of identities, from the user's own checkout.

Its folder `FaceXModel` holds generic_neutral_mesh.obj, identity000.obj onwards and one .obj per expression, all
with the neutral's vertices, and vertex_indices.json with the 68 landmark vertices (github.com/ICT-VGL/ICT-FaceKit).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.head.identity_model import HeadModelError, HeadTopology
from landmark_driver.head_fit.scan_files.head_fit_error import HeadFitError
from landmark_driver.head_fit.scan_files.read_obj import read_obj
from landmark_driver.identities.linear_head_model import LinearHeadModel, head_unit, topology_of

_NEUTRAL, _INDICES = "generic_neutral_mesh.obj", "vertex_indices.json"
_BOTH_SIDES = ("browInnerUp", "cheekPuff")
"""ARKit has one shape where the model has a left and a right one."""
_ABSENT = ("tongueOut",)
_STILL_M = 1e-6


def load_ict_identities(folder: Path) -> LinearHeadModel:
    """Read the model in a checkout's FaceXModel folder, on its own mesh.

    Args:
        folder: ICT-FaceKit's folder `FaceXModel`.

    Returns:
        The model, metres, with ARKit displacements (tongueOut is zero) and 68 landmark vertices.

    Raises:
        HeadModelError: for a folder without the model's files, files that disagree, or a damaged neutral.
        HeadFitError: for a damaged identity or expression file.
    """
    for name in (_NEUTRAL, _INDICES):
        if not (folder / name).is_file():
            raise HeadModelError(
                f"Expected '{name}' in '{folder}', got none. Give the FaceXModel folder of ICT-FaceKit."
            )
    try:
        neutral = read_obj(folder / _NEUTRAL)
        indices = json.loads((folder / _INDICES).read_text(encoding="utf-8"))["idx_to_landmark_verts"]
    except (HeadFitError, ValueError, KeyError) as error:
        raise HeadModelError(
            f"Expected ICT-FaceKit's files in '{folder}', got '{error}'. Check the folder out again."
        ) from error
    topology = topology_of(neutral.vertices, neutral.faces)
    unit = head_unit(neutral.vertices, topology)
    paths = sorted(folder.glob("identity[0-9]*.obj"))
    directions = [unit * _displacement(path, neutral.vertices) for path in paths]
    expressions = np.stack([unit * _expression(folder, name, neutral.vertices) for name in ARKIT_NAMES])
    mean = unit * neutral.vertices
    return LinearHeadModel(
        name="ict",
        topology=topology,
        mean_vertices=mean,
        directions=np.array(directions).reshape(-1, *mean.shape),
        expressions=expressions,
        turns=_turns(mean, expressions, topology),
        landmark_vertices=np.array(indices, int),
    )


def _expression(folder: Path, name: str, neutral) -> Float[np.ndarray, "vertices 3"]:
    """Return an ARKit shape from the model's files, whose names end in _L and _R for the sides."""
    if name in _ABSENT:
        return np.zeros_like(neutral)
    sides = ("Left", "Right")
    if name in _BOTH_SIDES:
        files = [f"{name}_{side[0]}" for side in sides]
    else:
        side = next((side for side in sides if name.endswith(side) and name != f"mouth{side}"), None)
        bare = name if side is None or name.startswith("jaw") else f"{name.removesuffix(side)}_{side[0]}"
        files = [bare]
    return np.sum([_displacement(folder / f"{file}.obj", neutral) for file in files], axis=0)


def _displacement(path: Path, neutral) -> Float[np.ndarray, "vertices 3"]:
    if not path.is_file():
        raise HeadModelError(
            f"Expected '{path.name}' in '{path.parent}', got none. Check ICT-FaceKit out again."
        )
    vertices = read_obj(path).vertices
    if vertices.shape != neutral.shape:
        raise HeadModelError(
            f"Expected {len(neutral)} vertices in '{path}', got {len(vertices)}. "
            "All files must come from one version of ICT-FaceKit."
        )
    return vertices - neutral


def _turns(mean, expressions, topology: HeadTopology) -> Float[np.ndarray, "52 2 3"]:
    """Return the rotation of each eyeball about its centre that comes nearest to each expression."""
    turns = np.zeros((len(expressions), 2, 3))
    for eye, side in enumerate(("left", "right")):
        ball = mean[topology.vertices_of(f"eyeball_{side}")]
        rows = topology.vertices_of(f"eyeball_{side}")
        for index, shape in enumerate(expressions):
            if np.abs(shape[rows]).max() > _STILL_M:
                moved = ball + shape[rows]
                turn = Rotation.align_vectors(moved - moved.mean(0), ball - ball.mean(0))[0]
                turns[index, eye] = turn.as_rotvec()
    return turns
