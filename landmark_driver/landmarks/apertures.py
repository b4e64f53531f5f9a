"""Lids and lips by how far they are open, as fractions, because millimetres of another face cannot close them.

An eye that closes on a performer whose eyes are 7 mm high would stay 1.4 mm open on a character whose eyes are 8.4 mm high. So
the heights of the openings are set from the performer's own ones, whatever the displacements of the landmarks say:

    lids   H f(a / o, a),   a the performer's opening over the neutral one, o its usual value
    lips   H + s (g(q) - g(q0)),   q the gap of the lips over the distance of the outer eye corners, q0 the neutral one

f is zero where the tracker's points of closed lids still lie apart, and g where those of shut lips do. H is the opening of the
neutral character, s its distance of the outer eye corners.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

LIDS = {
    "left": np.array([(385, 380), (386, 374), (387, 373), (384, 381), (388, 390), (398, 382), (466, 249)]),
    "right": np.array([(160, 144), (159, 145), (158, 153), (157, 154), (161, 163), (173, 155), (246, 7)]),
}
"""Landmarks of the upper and of the lower lid, one above the other; the first three are the middle."""
LIPS = np.array(
    [(13, 14), (82, 87), (312, 317), (81, 178), (311, 402), (80, 88), (310, 318), (191, 95), (415, 324)]
)
"""The same of the lips' inner rims."""
_MIDDLE = 3
LID_MIDDLES = tuple(landmark for pairs in LIDS.values() for landmark in pairs[:_MIDDLE].ravel().tolist())
INNER_LIPS = tuple(LIPS.ravel().tolist())
_EYE_CORNERS = (33, 263)
_EYE_WIDTHS = {"left": (263, 362), "right": (33, 133)}
_LEAST_NEUTRAL, _WIDEST = 0.12, 1.8
"""Of the eye's width: a neutral with closed eyes counts as this far open. Of the neutral opening: no eye opens further."""
_UPPER_LID, _UPPER_LIP = 0.9, 0.5
"""The part of a change of height that the upper one of two landmarks makes."""
_CLOSED, _AJAR, _AJAR_HEIGHT, _PRESSED = 0.2, 0.4, 0.35, -0.11
"""Of the usual opening: lids are closed up to the first; at the second they are this far open on the character. Landmarks lie
outside the rims, so those of closed lids pass each other, as they do in the head's own blink."""
_SHUT, _PARTED = 0.02, 0.06
"""Of the distance of the eye corners: lips are shut up to the first gap; from the second on the gap is as reported."""
_PRESSED_LIPS, _PRESSED_FROM_M = 0.5, 1.5e-3
"""Shut lips that have moved this far press on each other by this part of their rims' distance at rest."""
_USUAL_RATE_HZ = 0.3
"""How fast the usual opening follows, in fractions of the neutral opening a second."""
_LEAST_USUAL = 0.3


class Apertures:
    """The openings of one performer on one character; it holds the usual opening of each eye."""

    def __init__(
        self, performer_neutral: Float[np.ndarray, "478 3"], character_neutral: Float[np.ndarray, "478 3"]
    ):
        """Take both neutral faces.

        Args:
            performer_neutral: (478, 3) metres, MediaPipe's face frame.
            character_neutral: (478, 3) metres, head frame.
        """
        self._character = character_neutral
        self._usual = {side: 1.0 for side in LIDS}
        self._time_s: float | None = None
        widths = {side: _distance(performer_neutral, corners) for side, corners in _EYE_WIDTHS.items()}
        self._neutral_opening = {
            side: max(_gaps(performer_neutral, pairs)[:_MIDDLE].mean(), _LEAST_NEUTRAL * widths[side])
            for side, pairs in LIDS.items()
        }
        self._width = _distance(performer_neutral, _EYE_CORNERS)
        self._neutral_gap = float(_gaps(performer_neutral, LIPS)[:_MIDDLE].mean() / self._width)
        self._scale = _distance(character_neutral, _EYE_CORNERS)
        self._lids = {side: _gaps(character_neutral, pairs) for side, pairs in LIDS.items()}
        self._lips = _gaps(character_neutral, LIPS)
        across = np.abs(character_neutral[LIPS[:, 0], 0])
        half = np.abs(character_neutral[[78, 308], 0]).mean()
        self._lip_fractions = np.clip(1.5 * (1 - across / half), 0, 1)

    def __call__(
        self,
        points: Float[np.ndarray, "478 3"],
        displacements: Float[np.ndarray, "478 3"],
        time_s: float,
    ) -> Float[np.ndarray, "478 3"]:
        """Return displacements with the performer's openings.

        Args:
            points: (478, 3) metres, the performer's, laid over its neutral.
            displacements: (478, 3) metres from neutral, head frame.
            time_s: capture time, seconds.

        Returns:
            (478, 3) metres from neutral, head frame. Only heights of lids and of the lips' inner rims are others.
        """
        moved = displacements.copy()
        elapsed = self._elapsed(time_s)
        for side, pairs in LIDS.items():
            opening = min(_gaps(points, pairs)[:_MIDDLE].mean() / self._neutral_opening[side], _WIDEST)
            step = _USUAL_RATE_HZ * elapsed
            usual = self._usual[side] + min(max(opening - self._usual[side], -step), step)
            self._usual[side] = max(usual, _LEAST_USUAL)
            target = lid_height(opening, self._usual[side]) * self._lids[side]
            _open(moved, pairs, target - self._lids[side] - _gaps(moved, pairs), _UPPER_LID)
        self._open_mouth(points, displacements, moved)
        return moved

    def _elapsed(self, time_s: float) -> float:
        """Return the seconds since the last frame."""
        before, self._time_s = self._time_s, time_s
        return 0.0 if before is None else max(time_s - before, 0.0)

    def _open_mouth(self, points: np.ndarray, displacements: np.ndarray, moved: np.ndarray) -> None:
        own, gap = self._lips, _gaps(points, LIPS)[:_MIDDLE].mean() / self._width
        parted = min(max((gap - _SHUT) / (_PARTED - _SHUT), 0.0), 1.0)
        wider = self._scale * min(lip_gap(gap) - lip_gap(self._neutral_gap), gap - self._neutral_gap)
        change = wider - _gaps(moved, LIPS)[:_MIDDLE].mean()
        if change > 0:  # what is shut already stays as it is
            change *= parted
        _open(moved, LIPS, change * self._lip_fractions, _UPPER_LIP)
        away = np.linalg.norm(displacements[LIPS.ravel()], axis=1).mean()
        pressed = _PRESSED_LIPS * min(away / _PRESSED_FROM_M, 1.0) * own
        _open(moved, LIPS, (parted - 1) * np.maximum(_gaps(moved, LIPS) + pressed, 0), _UPPER_LIP)


def lid_height(opening: float, usual: float) -> float:
    """Return how far the character's eye is open.

    Args:
        opening: the performer's opening over the neutral one.
        usual: its usual value.

    Returns:
        The fraction of the character's neutral opening; below 0 for closed lids, whose landmarks pass each other.
    """
    ajar = _AJAR * min(usual, 1.0)
    known = np.array([_CLOSED * min(usual, 1.0), ajar, 1.0])
    if opening >= 1:
        return _AJAR_HEIGHT + (opening - ajar) * (1 - _AJAR_HEIGHT) / (1 - ajar)
    return float(np.interp(opening, known, [_PRESSED, _AJAR_HEIGHT, 1.0]))


def lip_gap(gap: float) -> float:
    """Return the gap that counts of the lips' reported one.

    Args:
        gap: height over the distance of the outer eye corners.

    Returns:
        The same unit: 0 for shut lips, the reported one for parted lips.
    """
    return float(np.interp(gap, [_SHUT, _PARTED], [0.0, _PARTED])) if gap < _PARTED else gap


def _gaps(points: np.ndarray, pairs: np.ndarray) -> Float[np.ndarray, "pairs"]:
    return points[pairs[:, 0], 1] - points[pairs[:, 1], 1]


def _distance(points: np.ndarray, pair: tuple[int, int]) -> float:
    return float(np.linalg.norm(points[pair[0]] - points[pair[1]]))


def _open(displacements: np.ndarray, pairs: np.ndarray, by, upper: float) -> None:
    """Move the landmarks of pairs apart, in place."""
    displacements[pairs[:, 0], 1] += upper * by
    displacements[pairs[:, 1], 1] -= (1 - upper) * by
