"""What lips and lids can do. Each function takes what an expression does so far and returns it changed.

Shapes are displacements (V, 3) of one expression at weight one, metres, head frame.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from landmark_driver.identities.slit_frame import CORNER, SlitFrame, rise

Shape = Float[np.ndarray, "vertices 3"]

_BEHIND_M = (-0.045, -0.020)
"""From the first length to the second, relative to the middle of the lips, tissue begins to move with them."""
_TOUCH_M = 5e-5
"""Lips that touch are this far apart, seen from the front."""
_OVERLAP_M = 2.6e-3
"""A closed upper lid covers the lower one by this height, so that lids of other heads close too."""
_ROUNDS = 12
_HINGE_HEIGHT_M, _HINGE_DEPTH_M = 0.007, 0.006
"""Where a lip turns: above or below the slit, and behind the lip's front."""
_LIP_M = 0.010
"""The height of a lip's front above or below the slit."""


def narrowed(mouth: SlitFrame, shape: Shape, width: float, forward_m: float) -> Shape:
    """Bring the corners of the mouth together and forward.

    Args:
        mouth: the slit of the lips.
        shape: (V, 3) metres.
        width: of the mouth afterwards, as a fraction of its width at rest.
        forward_m: how much further forward the corners come than the middle does, metres.

    Returns:
        The shape with x scaled about the middle plane: evenly between the corners, fading over the cheeks.
    """
    moved = mouth.head.vertices + shape
    now = np.ptp(moved[mouth.loop, 0]) / (2 * mouth.half_width)
    around = mouth.across(0.95, 2.4) * mouth.high(0.012, 0.036) * near_lips(mouth)
    corners = (1 - mouth.across(0.15, 0.95)) * mouth.across(1.05, 1.9) * mouth.high(0.006, 0.028)
    result = shape.copy()
    result[:, 0] -= (1 - width / now) * moved[:, 0] * around
    result[:, 2] += forward_m * corners * near_lips(mouth)
    return result


def turned(mouth: SlitFrame, shape: Shape, upper_deg: float, lower_deg: float) -> Shape:
    """Turn the red of the lips about a hinge inside each lip.

    Args:
        mouth: the slit of the lips.
        shape: (V, 3) metres.
        upper_deg: degrees; positive turns the upper lip's red inwards over the teeth, negative outwards.
        lower_deg: the same of the lower lip.

    Returns:
        The shape with the turn of the lips at rest added. It fades towards the corners, and above and below the red.
    """
    up = np.sign(mouth.side)
    angle = np.deg2rad(np.where(up > 0, upper_deg, lower_deg)) * near_lips(mouth)
    angle *= mouth.across(0.28, 1.12) * rise(np.abs(mouth.side), 0.05, 0.9) * mouth.high(0.005, 0.014)
    backwards = _backwards(mouth)
    height = up * mouth.from_middle[:, 1] - _HINGE_HEIGHT_M
    ahead = (mouth.head.vertices[:, 2] - _front(mouth) + _HINGE_DEPTH_M) * -backwards[:, 2]
    recedes = ahead * (1 - np.cos(angle)) - height * np.sin(angle)
    result = shape + recedes[:, None] * backwards
    result[:, 1] += up * (height * (np.cos(angle) - 1) - ahead * np.sin(angle))
    return result


def joined(mouth: SlitFrame, shape: Shape, upper_share: float = 0.5) -> Shape:
    """Let both rims move alike.

    Args:
        mouth: the slit of the lips.
        shape: (V, 3) metres.
        upper_share: how much of the common motion is the upper rim's own, in 0..1; the rest is the lower rim's.

    Returns:
        The shape in which each lip follows its rim, as far as it belongs to it.
    """
    upper, lower = (mouth.along(rim, shape, mouth.head.vertices[:, 0]) for rim in mouth.rims)
    together = upper_share * upper + (1 - upper_share) * lower
    side = mouth.side[:, None]
    return shape + np.maximum(side, 0) * (together - upper) + np.maximum(-side, 0) * (together - lower)


def parted(mouth: SlitFrame, shape: Shape, height_m: float = 0.0, may_cover: bool = False) -> Shape:
    """Open or close the lips to an arch above and one below, half from each side.

    Args:
        mouth: the slit of the lips.
        shape: (V, 3) metres.
        height_m: between the arches in the middle, seen from the front; zero for lips that touch all along.
        may_cover: leave lips that cover each other as they are.

    Returns:
        The shape whose lips are as far apart as wanted at each place across.
    """
    result = shape.copy()
    for _ in range(_ROUNDS):
        moved = mouth.head.vertices + result
        places, gap = mouth.opening(moved)
        lacking = height_m * (1 - (CORNER * np.linspace(-1, 1, len(places))) ** 2) + _TOUCH_M - gap
        if may_cover:
            lacking = np.minimum(lacking, 0)
        result[:, 1] += 0.5 * mouth.side * np.interp(moved[:, 0], places, lacking)
    return result


def shut(lids: SlitFrame, shape: Shape, eye: Float[np.ndarray, "3"]) -> Shape:
    """Let the upper lid come down to the lower one and no further, over the eyeball.

    Args:
        lids: the slit of one eye.
        shape: (V, 3) metres, in which the upper lid comes down at least that far.
        eye: (3,) the eyeball's centre, metres.

    Returns:
        The shape with the lid's way shortened at each place across; no lid comes nearer to the centre than at rest.
    """
    rest = lids.head.vertices
    upper = np.maximum(lids.side, 0)
    open_at = lids.opening(rest)[1]
    result = shape.copy()
    for _ in range(_ROUNDS):
        moved = rest + result
        places, gap = lids.opening(moved)
        way = np.interp(moved[:, 0], places, (open_at + _OVERLAP_M) / (open_at - gap))
        result *= 1 + upper[:, None] * (way[:, None] - 1)
    from_eye = rest + result - eye
    distance = np.linalg.norm(from_eye, axis=1)
    lacking = np.maximum(np.linalg.norm(rest - eye, axis=1) - distance, 0) * np.abs(lids.side)
    return result + (lacking / np.maximum(distance, 1e-9))[:, None] * from_eye


def near_lips(mouth: SlitFrame) -> Float[np.ndarray, "vertices"]:
    """Return how far a vertex moves with the lips, by its part and its depth.

    Args:
        mouth: the slit of the lips.

    Returns:
        (V,) in 0..1: one for tissue around the lips, zero behind and for teeth and tongue.
    """
    return mouth.tissue * rise(mouth.from_middle[:, 2], *_BEHIND_M)


def _front(mouth: SlitFrame) -> Float[np.ndarray, "vertices"]:
    """Return z of the most forward tissue of the own lip at the same distance from the middle, metres."""
    across, height, ahead = mouth.from_middle.T
    lips = (np.abs(height) < _LIP_M) & (ahead > _BEHIND_M[1]) & (mouth.tissue > 0)
    places = np.linspace(0, mouth.half_width, 9)
    fronts = []
    for lip in (lips & (height > 0), lips & (height <= 0)):
        near = np.abs(across[lip] - places[:, None]) < places[1]
        fronts.append(np.where(near, mouth.head.vertices[lip, 2], -np.inf).max(1))
    return np.where(height > 0, *(np.interp(across, places, front) for front in fronts))


def _backwards(mouth: SlitFrame) -> Shape:
    """Return unit vectors into the mouth, level and at right angles to the slit seen from above."""
    x = np.linspace(-mouth.half_width, mouth.half_width, 15)
    depth = mouth.along(mouth.rims[0], mouth.head.vertices, x)[:, 2]
    slope = np.interp(mouth.head.vertices[:, 0], x, np.gradient(depth, x))
    return np.stack([slope, np.zeros_like(slope), -np.ones_like(slope)], 1) / np.hypot(1, slope)[:, None]
