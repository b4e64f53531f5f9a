"""Where the eyes look: eyeball rotations from the iris landmarks."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.character import Character

LEFT_IRIS, RIGHT_IRIS = 473, 468
"""MediaPipe's iris centres; its "left" is the subject's."""
_LIDS = {"left": ((386, 374), (263, 362)), "right": ((159, 145), (33, 133))}
"""Middle of the upper and lower lid, outer and inner corner."""

_EYEBALL_RADIUS_M = 0.012
"""Mean adult eyeball (axial length 24 mm)."""
_CLOSED, _OPEN = 0.10, 0.20
"""Lid opening over eye width below which the iris is not seen, and from which it is fully trusted."""
_LOOKS = {
    ("left", "yaw"): ("eyeLookOutLeft", "eyeLookInLeft"),
    ("right", "yaw"): ("eyeLookInRight", "eyeLookOutRight"),
    ("left", "pitch"): ("eyeLookDownLeft", "eyeLookUpLeft"),
    ("right", "pitch"): ("eyeLookDownRight", "eyeLookUpRight"),
}
"""Shapes that a positive and a negative angle mean; yaw > 0 turns to the subject's left, pitch > 0 down."""


def gaze_angles(
    points: Float[np.ndarray, "478 3"],
    displacements: Float[np.ndarray, "478 3"],
    previous: Float[np.ndarray, "2 2"],
) -> Float[np.ndarray, "2 2"]:
    """(left, right) x (yaw, pitch) in radians, relative to the neutral gaze.

    The iris moves on a sphere: angle = asin(shift / radius), after the shift of the eye's corners is
    taken off. `points` are the performer's, for the opening of the lids only; behind closed lids the
    `previous` angles stay.
    """
    angles = np.empty((2, 2))
    for row, (side, iris) in enumerate((("left", LEFT_IRIS), ("right", RIGHT_IRIS))):
        lids, corners = _LIDS[side]
        shift = displacements[iris] - displacements[list(corners)].mean(0)
        yaw, pitch = np.arcsin(np.clip(np.array([shift[0], -shift[1]]) / _EYEBALL_RADIUS_M, -0.7, 0.7))
        opening = np.linalg.norm(points[lids[0]] - points[lids[1]]) / np.linalg.norm(
            points[corners[0]] - points[corners[1]]
        )
        trust = np.clip((opening - _CLOSED) / (_OPEN - _CLOSED), 0, 1)
        angles[row] = previous[row] + trust * (np.array([yaw, pitch]) - previous[row])
    return angles


def eye_look_weights(
    angles: Float[np.ndarray, "2 2"], gaze_turns: Float[np.ndarray, "52 2 3"]
) -> Float[np.ndarray, "52"]:
    """Weights of the eight eyeLook shapes that turn the eyeballs by these angles; zero elsewhere."""
    weights = np.zeros(len(ARKIT_NAMES))
    for (side, axis), names in _LOOKS.items():
        eye, direction = ("left", "right").index(side), ("yaw", "pitch").index(axis)
        angle = angles[eye, direction]
        shape = ARKIT_NAMES.index(names[0] if angle >= 0 else names[1])
        full = np.linalg.norm(gaze_turns[shape, eye])
        weights[shape] = min(abs(angle) / full, 1.0)
    return weights


def turned_by_weights(
    character: Character, weights: Float[np.ndarray, "52"]
) -> Float[np.ndarray, "vertices 3"]:
    """Linear blendshapes with the eyeballs turned as the eyeLook weights say, metres, head frame."""
    vertices = character.neutral_vertices + np.tensordot(weights, character.expressions, 1)
    turns = np.tensordot(weights, character.gaze_turns, 1)
    angles = turns[:, [1, 0]]  # a rotation about +y is yaw, about +x pitch
    turn_eyeballs(vertices, character.neutral_vertices, character.eye_vertices, character.eye_centres, angles)
    return vertices


def turn_eyeballs(
    vertices: Float[np.ndarray, "vertices 3"],
    neutral: Float[np.ndarray, "vertices 3"],
    eye_vertices,
    centres: Float[np.ndarray, "2 3"],
    angles: Float[np.ndarray, "2 2"],
) -> None:
    """Writes the rotated eyeballs into `vertices`."""
    for eye in range(2):
        rows = eye_vertices[eye]
        vertices[rows] = (neutral[rows] - centres[eye]) @ _turn(*angles[eye]).T + centres[eye]


def _turn(yaw: float, pitch: float) -> Float[np.ndarray, "3 3"]:
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    return about_y @ about_x
