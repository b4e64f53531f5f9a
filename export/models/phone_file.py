"""A character as one file from which the phone's page drives it alone.

The file is the compiled frame's (`frame_file.py`) with `content` `phone` in its header, and these arrays beside the
stages' own. Metres and radians; nothing is rounded. `capture/page/puppet/` reads it.

    calibration   neutral_landmarks (478, 3), rigidity_weights (478,), landmark_groups (478,)
    material      followed (478,): the fractions of the target material that the residual's gain has in it, for exported models
    response      near (468, N), local (468, 3, 3 N), inward (1404, F), support_points (P, F), dual_coefficients (P, R),
                  outward (R, 1404)
    shown         what is drawn is base + A (v - reference), with A in starts, columns and values by rows: the head's or scan's
                  surface, then the pieces that it wears; colors (rows, 3) sRGB. copies (C,) are rows that stand once more
                  after all others, where pictures have seams; coordinates (rows + C, 2) in 1/65535 of the pictures. faces
                  (F, 3) are in groups, one a material, which end at the triangles ends
    picture       each picture's file, PNG or JPEG, by number
    coarse        where the mesh is coarse, faces and ends of the driven vertices themselves and after them of the rows of shown
                  from pieces[0] to pieces[1], without the hair and the shirt

The header's `materials` is a JSON list: for each group the fields of `dress/material.py`, with numbers for pictures.
"""

from __future__ import annotations

import numpy as np

from export.graph.frame_network import residual_of
from export.models.shown_surface import shown_surface, smallest_index
from landmark_driver.character import Character
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.head.head import Head
from landmark_driver.landmarks.calibration import rigidity_weights
from landmark_driver.landmarks.tracker_response import load_tracker_response
from landmark_driver.network.frame_file import frame_bytes

CONTENT = "phone"

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
    mesh_driver = character.mesh_driver("landmarks")
    driver = mesh_driver.head_driver
    assert isinstance(driver, SparseDriver), "the driver of landmarks has a program"
    shown, header = shown_surface(character, mesh_driver.neutral_offset)
    more = (
        _calibration(character.head)
        | {"material.followed": residual_of(driver.program).followed}
        | _response()
        | shown
    )
    return frame_bytes(driver.program, more, {"content": CONTENT} | header)


def _calibration(head: Head) -> Arrays:
    return {
        "calibration.neutral_landmarks": head.neutral_landmarks,
        "calibration.rigidity_weights": rigidity_weights(head.landmark_expressions),
        "calibration.landmark_groups": head.landmark_groups,
    }


def _response() -> Arrays:
    response = load_tracker_response()
    names = ("local", "inward", "support_points", "dual_coefficients", "outward")
    return {"response.near": smallest_index(response.near)} | {
        f"response.{name}": getattr(response, name) for name in names
    }
