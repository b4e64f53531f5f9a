"""The signals of a face: lids, lips, jaw, mouth, brows, nose and cheeks as one number a frame each.

All are computed from the same 478 points, of a performer or of a head, so that one can be correlated with the other.
Heights are relative to the size of the face: lids to the eye's width, all others to the distance of the outer eye corners.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

Points = Float[np.ndarray, "frames 478 3"]

_UPPER_LID = {"left": [385, 386, 387], "right": [160, 159, 158]}
_LOWER_LID = {"left": [380, 374, 373], "right": [144, 145, 153]}
_EYE_CORNERS = {"left": (263, 362), "right": (33, 133)}
_OUTER_CORNERS = (33, 263)
_UPPER_RIM, _LOWER_RIM = [13, 82, 312], [14, 87, 317]
_BRIDGE, _CHIN = 168, 152
_BROWS = {"left": [336, 296, 334, 293, 300], "right": [107, 66, 105, 63, 70]}
_INNER_BROWS, _MOUTH_CORNERS = (107, 336), (61, 291)
_UPPER_LIP, _NOSE_WINGS, _CHEEKS = [0, 37, 267], [129, 358], [50, 280]


def face_signals(points: Points) -> dict[str, Float[np.ndarray, "frames"]]:
    """Return the signals of a clip.

    Args:
        points: (T, 478, 3) metres, one head pose and size for all frames, x to the person's left, y up.

    Returns:
        (T,) fractions for each signal's name.
    """
    size = float(np.median(_distance(points, _OUTER_CORNERS)))
    lids = {side: _lid(points, side) for side in ("left", "right")}
    bridge = points[:, _BRIDGE, 1]
    corners = points[:, list(_MOUTH_CORNERS), 1]
    return {
        "lid_left": lids["left"],
        "lid_right": lids["right"],
        "wink": lids["left"] - lids["right"],
        "lip_gap": (_height(points, _UPPER_RIM) - _height(points, _LOWER_RIM)) / size,
        "jaw": (bridge - points[:, _CHIN, 1]) / size,
        "mouth_width": _distance(points, _MOUTH_CORNERS) / size,
        "corner_up": (corners.mean(1) - bridge) / size,
        "corner_asym": (corners[:, 1] - corners[:, 0]) / size,
        "brows": np.mean([_brow(points, side) for side in ("left", "right")], axis=0) / size,
        "brow_gap": _distance(points, _INNER_BROWS) / size,
        "upper_lip": (_height(points, _UPPER_LIP) - bridge) / size,
        "nose_wing": (_height(points, _NOSE_WINGS) - bridge) / size,
        "cheek": (_height(points, _CHEEKS) - bridge) / size,
    }


def lid_openings(points: Points) -> dict[str, Float[np.ndarray, "frames"]]:
    """Return how far each eye is open.

    Args:
        points: (T, 478, 3) metres, as for `face_signals`.

    Returns:
        (T,) fractions of the clip's median opening for "left" and "right".
    """
    openings = {side: _lid(points, side) for side in ("left", "right")}
    return {side: opening / np.median(opening) for side, opening in openings.items()}


def _lid(points: Points, side: str) -> Float[np.ndarray, "frames"]:
    opening = _height(points, _UPPER_LID[side]) - _height(points, _LOWER_LID[side])
    return opening / float(np.median(_distance(points, _EYE_CORNERS[side])))


def _brow(points: Points, side: str) -> Float[np.ndarray, "frames"]:
    return _height(points, _BROWS[side]) - _height(points, list(_EYE_CORNERS[side]))


def _height(points: Points, landmarks: list[int]) -> Float[np.ndarray, "frames"]:
    return points[:, landmarks, 1].mean(1)


def _distance(points: Points, pair: tuple[int, int]) -> Float[np.ndarray, "frames"]:
    return np.linalg.norm(points[:, pair[0]] - points[:, pair[1]], axis=1)
