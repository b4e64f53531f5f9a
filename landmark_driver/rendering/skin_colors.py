"""Albedo of the default head, painted by anatomy: brows, lips, flush, gums, teeth, eyes.

Lips are found from the topology's lip loop and brows from an arc in the default head's front view, so no vertex
list is written by hand.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from landmark_driver.head.eyeballs import eyeball_colors, fit_sphere
from landmark_driver.head.identity_model import IdentityHead

_SKIN = np.array([0.62, 0.36, 0.26])
_LIP = np.array([0.50, 0.17, 0.15])
_BROW = np.array([0.08, 0.05, 0.035])
_CAVITY = np.array([0.22, 0.05, 0.05])
_TONGUE = np.array([0.50, 0.18, 0.17])
_TEETH = np.array([0.80, 0.75, 0.66])
_BROW_ARC_MM = np.array([[10.0, 19.5], [20.0, 23.5], [32.0, 25.5], [42.0, 23.0], [50.0, 17.5]])
"""Midline of a brow in the default head's front view: distance from the middle and height, mm."""
_BROW_HALF_WIDTH_MM = 3.6
_LIP_WIDTH_MM = 8.5
"""Height of the vermilion above and below the middle of the lip line; it narrows to the corners."""
_MOUTH_LIGHT = ((3.0, 12.0, 35.0), (1.0, 0.5, 0.12))
"""Millimetres from the lips, and the fraction of light there."""


def head_colors(head: IdentityHead) -> Float[np.ndarray, "vertices 3"]:
    """Return the colour of every vertex, painted in the coordinates of the default head.

    Args:
        head: vertices (V, 3) metres, head frame, in the shape of the default head.

    Returns:
        (V, 3) linear RGB in 0..1, with the paints of `skin_paints`.
    """
    topology = head.topology
    colors = np.broadcast_to(_SKIN, (topology.vertex_count, 3)).copy()
    skin = topology.vertices_of("skin")
    points = 1e3 * head.vertices[skin]
    colors[skin] = _blend(colors[skin], np.array([0.66, 0.28, 0.22]), 0.55 * _flush(points))
    for color, amount in skin_paints(head):
        colors[skin] = _blend(colors[skin], color, amount[skin])
    for part in ("eye_cavity_left", "eye_cavity_right"):
        colors[topology.vertices_of(part)] = 0.6 * _SKIN
    cavity = topology.vertices_of("mouth_cavity")
    inside_mm = _to_nearest(1e3 * head.vertices[cavity], 1e3 * head.vertices[topology.lip_loop])
    colors[cavity] = _CAVITY * mouth_light(inside_mm)
    colors[topology.vertices_of("tongue")] = _TONGUE
    for part in ("teeth_upper", "teeth_lower"):
        colors[topology.vertices_of(part)] = _TEETH
    for part in ("eyeball_left", "eyeball_right"):
        ball = head.vertices[topology.vertices_of(part)]
        colors[topology.vertices_of(part)] = eyeball_colors(ball - fit_sphere(ball)[0])
    return colors


def skin_paints(head: IdentityHead) -> list[tuple[Float[np.ndarray, "3"], Float[np.ndarray, "vertices"]]]:
    """Return the paints on the skin: lips, then brows.

    Args:
        head: vertices (V, 3) metres, head frame, in the shape of the default head.

    Returns:
        For each paint its colour (3,) linear RGB in 0..1, and its amount (V,) in 0..1.
    """
    topology = head.topology
    skin = topology.vertices_of("skin")
    points = 1e3 * head.vertices[skin]
    amounts = np.zeros((2, topology.vertex_count))
    amounts[0, skin] = _lips(points, 1e3 * head.vertices[topology.lip_loop])
    amounts[1, skin] = 0.92 * _brows(points)
    return [(_LIP, amounts[0]), (_BROW, amounts[1])]


def head_gloss(head: IdentityHead) -> Float[np.ndarray, "vertices"]:
    """Return the strength of the highlight of every vertex: moist eyes, tongue and upper teeth shine more than skin.

    Args:
        head: gives the parts of the vertices.

    Returns:
        (V,) in 0..1: 0.7 for eyeballs, 0.3 for the tongue, 0.25 for the upper teeth, 0.10 for all else. Lips and
        lower teeth have the skin's.
    """
    topology = head.topology
    gloss = np.full(topology.vertex_count, 0.10)
    for part, value in (
        ("eyeball_left", 0.7),
        ("eyeball_right", 0.7),
        ("teeth_upper", 0.25),
        ("tongue", 0.3),
    ):
        gloss[topology.vertices_of(part)] = value
    return gloss


def _blend(base, color, amount) -> Float[np.ndarray, "points 3"]:
    return base + amount[:, None] * (color - base)


def _flush(points) -> Float[np.ndarray, "points"]:
    """Return the amount of flush in 0..1: cheeks, nose tip and ears are redder than the rest."""
    cheeks = np.exp(-(((np.abs(points[:, 0]) - 40) / 16) ** 2) - ((points[:, 1] + 38) / 14) ** 2)
    nose = np.exp(-((points[:, 0] / 14) ** 2) - ((points[:, 1] + 42) / 12) ** 2)
    ears = (np.abs(points[:, 0]) > 74).astype(float)
    return np.clip(cheeks + nose + 0.5 * ears, 0, 1) * (points[:, 2] > -60)


def _to_nearest(points, others) -> Float[np.ndarray, "points"]:
    return np.linalg.norm(points[:, None] - others[None], axis=2).min(1)


def _lips(points, loop) -> Float[np.ndarray, "points"]:
    distance = _to_nearest(points, loop)
    half_mouth = 1.04 * np.abs(loop[:, 0]).max()
    width = _LIP_WIDTH_MM * np.sqrt(np.clip(1 - (points[:, 0] / half_mouth) ** 2, 0.01, 1))
    return np.clip(2.2 - 2.2 * distance / width, 0, 1)


def mouth_light(inside_mm: Float[np.ndarray, "points"]) -> Float[np.ndarray, "points 1"]:
    """Return the fraction of light that reaches the inside of a mouth, for a renderer that casts no shadows.

    Args:
        inside_mm: (P,) millimetres from where light comes in.

    Returns:
        (P, 1) fractions in 0..1.
    """
    return np.interp(inside_mm, *_MOUTH_LIGHT)[:, None]


def _brows(points) -> Float[np.ndarray, "points"]:
    arc = np.stack([np.interp(t := np.linspace(10, 50, 60), *_BROW_ARC_MM.T[[0, 1]]), t], 1)[:, ::-1]
    front = np.stack([np.abs(points[:, 0]), points[:, 1]], 1)
    distance = np.linalg.norm(front[:, None] - arc[None], axis=2).min(1)
    taper = np.interp(front[:, 0], [10, 36, 50], [1.0, 0.95, 0.55])
    return np.clip(1.7 - 1.4 * distance / (_BROW_HALF_WIDTH_MM * taper), 0, 1) * (points[:, 2] > -40)
