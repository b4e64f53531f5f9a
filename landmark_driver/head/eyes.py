"""Eyeballs that turn, and the ARKit shapes for it: the part of gaze that belongs to the head."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.head.head import Head

NEUTRAL_GAZE = np.zeros((2, 2))
"""Gaze angles of the neutral: (left, right) x (yaw, pitch), radians."""
EYE_LOOKS = np.array([index for index, name in enumerate(ARKIT_NAMES) if name.startswith("eyeLook")])
"""The eight eyeLook shapes among ARKit's 52."""
_LOOKS = {
    ("left", "yaw"): ("eyeLookOutLeft", "eyeLookInLeft"),
    ("right", "yaw"): ("eyeLookInRight", "eyeLookOutRight"),
    ("left", "pitch"): ("eyeLookDownLeft", "eyeLookUpLeft"),
    ("right", "pitch"): ("eyeLookDownRight", "eyeLookUpRight"),
}
"""The shapes of a positive and of a negative angle; yaw > 0 turns to the subject's left, pitch > 0 down."""


def eye_look_weights(
    gaze: Float[np.ndarray, "2 2"], gaze_turns: Float[np.ndarray, "52 2 3"]
) -> Float[np.ndarray, "52"]:
    """Return the weights of the eight eyeLook shapes that turn the eyeballs by a gaze.

    Args:
        gaze: (2, 2) radians, (left, right) x (yaw, pitch).
        gaze_turns: (52, 2, 3) radians, the eyeballs' rotation vectors for each shape at weight one.

    Returns:
        (52,) ARKit weights in 0..1, zero for all other shapes.
    """
    weights = np.zeros(len(ARKIT_NAMES))
    for (side, axis), names in _LOOKS.items():
        eye, direction = ("left", "right").index(side), ("yaw", "pitch").index(axis)
        angle = gaze[eye, direction]
        shape = ARKIT_NAMES.index(names[0] if angle >= 0 else names[1])
        full = np.linalg.norm(gaze_turns[shape, eye])
        weights[shape] = min(abs(angle) / full, 1.0)
    return weights


def weights_gaze(
    weights: Float[np.ndarray, "52"], gaze_turns: Float[np.ndarray, "52 2 3"]
) -> Float[np.ndarray, "2 2"]:
    """Return the gaze of eyeLook weights: the inverse of `eye_look_weights` within 0..1.

    Args:
        weights: (52,) ARKit weights.
        gaze_turns: (52, 2, 3) radians, the eyeballs' rotation vectors for each shape at weight one.

    Returns:
        (2, 2) radians, (left, right) x (yaw, pitch).
    """
    turns = np.tensordot(weights, gaze_turns, 1)
    return turns[:, [1, 0]]  # a rotation about +y is yaw, about +x pitch


def blendshape_vertices(head: Head, weights: Float[np.ndarray, "52"]) -> Float[np.ndarray, "vertices 3"]:
    """Return linear blendshapes of a head, with the eyeballs turned by the eyeLook weights.

    Args:
        head: gives the neutral vertices, the displacements and the eyeballs.
        weights: (52,) ARKit weights.

    Returns:
        (V, 3) metres, head frame.
    """
    vertices = head.neutral_vertices + np.tensordot(weights, head.expressions, 1)
    turn_eyeballs(vertices, head, weights_gaze(weights, head.gaze_turns))
    return vertices


def turn_eyeballs(
    vertices: Float[np.ndarray, "vertices 3"], head: Head, gaze: Float[np.ndarray, "2 2"]
) -> None:
    """Write the rotated eyeballs of a head into `vertices`.

    Args:
        vertices: (V, 3) metres, head frame; changed in place.
        head: gives the eyeballs' vertices, centres and neutral positions.
        gaze: (2, 2) radians, (left, right) x (yaw, pitch).
    """
    turn_about(vertices, head.neutral_vertices, head.eye_vertices, head.eye_centres, gaze)


def turn_about(
    vertices: Float[np.ndarray, "vertices 3"],
    neutral: Float[np.ndarray, "vertices 3"],
    eye_vertices,
    centres: Float[np.ndarray, "2 3"],
    gaze: Float[np.ndarray, "2 2"],
) -> None:
    """Write vertices turned about two centres into `vertices`; `turn_eyeballs` for bare arrays.

    Args:
        vertices: (V, 3) metres, head frame; changed in place.
        neutral: (V, 3) metres, head frame.
        eye_vertices: (2, E) vertex indices of the left and the right eyeball.
        centres: (2, 3) metres, head frame, left and right.
        gaze: (2, 2) radians, (left, right) x (yaw, pitch).
    """
    for eye in range(2):
        rows = eye_vertices[eye]
        vertices[rows] = (neutral[rows] - centres[eye]) @ eyeball_rotation(*gaze[eye]).T + centres[eye]


def eyeball_rotation(yaw: float, pitch: float) -> Float[np.ndarray, "3 3"]:
    """Return the rotation of an eyeball: pitch about +x first, then yaw about +y.

    Args:
        yaw: radians, positive to the subject's left.
        pitch: radians, positive down.

    Returns:
        (3, 3) rotation, head frame.
    """
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    return about_y @ about_x
