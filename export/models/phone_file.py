"""A character as one file from which the phone's page drives it alone.

The file is the compiled frame's (`frame_file.py`) with `content` `phone` in its header, and these arrays beside the
stages' own. Metres and radians; nothing is rounded. `capture/page/puppet/` reads it.

    calibration   neutral_landmarks (478, 3), rigidity_weights (478,), landmark_groups (478,)
    material      followed (478,): the fractions of the target material that the residual's gain has in it, for exported models
    response      near (468, N), local (468, 3, 3 N), inward (1404, F), support_points (P, F), dual_coefficients (P, R),
                  outward (R, 1404)
    shown         the mesh that is drawn is base + A (v - reference), with A in starts, columns and values by rows;
                  faces, dry_faces (1,), colors
    coarse        faces, dry_faces: the triangles of the driven vertices themselves, where the mesh is coarse
"""

from __future__ import annotations

import numpy as np

from export.graph.frame_network import residual_of
from landmark_driver.character import Character
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.head.head import Head
from landmark_driver.head.scan_mesh import CharacterMesh
from landmark_driver.landmarks.calibration import rigidity_weights
from landmark_driver.landmarks.tracker_response import load_tracker_response
from landmark_driver.network.frame_file import frame_bytes

CONTENT = "phone"
_EYEBALL_PARTS = (7, 8)

Arrays = dict[str, np.ndarray]


def phone_file(character: Character) -> bytes | None:
    """Return a character's file.

    Args:
        character: its mesh is drawn, a scan too.

    Returns:
        The file's bytes; None for a character of linear blendshapes, which only the desktop drives.
    """
    if character.network is None:
        return None
    driver = character.mesh_driver("landmarks").head_driver
    assert isinstance(driver, SparseDriver), "the driver of landmarks has a program"
    more = (
        _calibration(character.head)
        | {"material.followed": residual_of(driver.program).followed}
        | _response()
        | _shown(character.mesh, driver.neutral_offset)
        | _coarse(character.mesh)
    )
    return frame_bytes(driver.program, more, {"content": CONTENT})


def _calibration(head: Head) -> Arrays:
    return {
        "calibration.neutral_landmarks": head.neutral_landmarks,
        "calibration.rigidity_weights": rigidity_weights(head.landmark_expressions),
        "calibration.landmark_groups": head.landmark_groups,
    }


def _response() -> Arrays:
    response = load_tracker_response()
    names = ("local", "inward", "support_points", "dual_coefficients", "outward")
    return {"response.near": _index(response.near)} | {
        f"response.{name}": getattr(response, name) for name in names
    }


def _shown(mesh: CharacterMesh, neutral_offset: np.ndarray | None) -> Arrays:
    """Return the mesh that the desktop draws too: a head one Loop step finer, or a scan."""
    shown = mesh.display_motion(neutral_offset)
    return {
        "shown.base": shown.base,
        "shown.reference": shown.reference,
        "shown.starts": shown.operator.indptr.astype(np.uint32),
        "shown.columns": _index(shown.operator.indices),
        "shown.values": shown.operator.data.astype(np.float32),
        "shown.colors": mesh.display_colors,
        **_faces("shown", mesh.display.faces, mesh.display_part),
    }


def _coarse(mesh: CharacterMesh) -> Arrays:
    return _faces("coarse", mesh.faces, mesh.face_part) if mesh.smooth else {}


def _faces(name: str, faces: np.ndarray, part: np.ndarray) -> Arrays:
    """Return triangles, the eyeballs', which glisten, at the end."""
    wet = np.isin(part, _EYEBALL_PARTS)
    return {
        f"{name}.faces": _index(np.concatenate([faces[~wet], faces[wet]])),
        f"{name}.dry_faces": np.array([np.count_nonzero(~wet)], np.uint32),
    }


def _index(array: np.ndarray) -> np.ndarray:
    return array.astype(np.uint16 if array.max(initial=0) < 2**16 else np.uint32)
