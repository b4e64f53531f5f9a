"""Regions of a face as smooth functions on its skin, found from MediaPipe's landmarks and the edges of lips and lids.

Amounts are in 0..1, lengths in millimetres. All are of the default head, whose picture every other head shares.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, UInt8

from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.skins.noise import Noise, nearest

_OUTER_LIPS = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
_HAIRLINE = np.array(
    [[0, 60], [28, 58], [42, 50], [55, 32], [66, 14], [76, -8], [86, -26], [96, -30], [104, 0], [118, -6],
     [135, -46], [180, -62]]
)  # fmt: skip
"""Angle from the front about a vertical axis in degrees, and the hair's lowest place there in mm."""
_HAIR_AXIS_MM = -72.0


@dataclass(frozen=True, eq=False)
class Places:
    """Places on the default head, in millimetres of the head frame."""

    points: Float[np.ndarray, "places 3"]
    part: UInt8[np.ndarray, "places"]
    """Index into `PARTS`."""
    openness: Float[np.ndarray, "places"]
    """Fraction of directions that lead out of the head."""
    landmarks: Float[np.ndarray, "478 3"]
    head: IdentityHead
    noise: Noise

    @cached_property
    def front(self) -> Float[np.ndarray, "places"]:
        """The face, without ears and the back of the head."""
        return ramp(self.points[:, 2], -75, -38)

    @cached_property
    def lip_edge(self) -> Float[np.ndarray, "places"]:
        """Distance from the edge of the red, seen from the front; positive on the red."""
        corners = _smooth_outline(self.landmarks[list(_OUTER_LIPS), :2])
        distance = nearest(self.points[:, :2], corners, 20.0)[0]
        near = (distance < 20) & (self.points[:, 2] > 0)
        inside = np.zeros(len(near), bool)
        inside[near] = _encloses(corners, self.points[near, :2])
        return np.where(inside, distance, -distance) + 0.3 * self.noise(self.points, 2.2, field=20)

    @cached_property
    def lips(self) -> Float[np.ndarray, "places"]:
        return ramp(self.lip_edge, -0.7, 0.9) * (self.points[:, 2] > 0)

    @cached_property
    def from_slit(self) -> Float[np.ndarray, "places"]:
        """Distance from the line where the lips meet."""
        return nearest(self.points, 1e3 * self.head.vertices[self.head.topology.lip_loop], 15.0)[0]

    @cached_property
    def from_lids(self) -> Float[np.ndarray, "places"]:
        """Distance from the rims of the lids."""
        return nearest(
            self.points, 1e3 * self.head.vertices[np.concatenate(self.head.topology.eye_loops)], 15.0
        )[0]

    @cached_property
    def sockets(self) -> Float[np.ndarray, "places"]:
        """Lids and the hollows around the eyes."""
        sides = [self.around((outer, inner), (21, 13, 18)) for outer, inner in ((33, 133), (263, 362))]
        return np.maximum(*sides)

    @cached_property
    def flush(self) -> Float[np.ndarray, "places"]:
        """Where blood shows: cheeks, nose, chin, the wings of the nose, ears."""
        cheeks = self.around((205,), (21, 17, 30)) + self.around((425,), (21, 17, 30))
        nose = self.around((4,), (14, 12, 16)) + 0.6 * (
            self.around((129,), (8, 8, 12)) + self.around((358,), (8, 8, 12))
        )
        chin = 0.45 * self.around((199,), (17, 10, 20)) + 0.25 * self.around((9,), (16, 9, 15))
        return np.clip((0.85 * cheeks + 0.95 * nose + chin) * self.front + 0.7 * self.ears, 0, 1)

    @cached_property
    def ears(self) -> Float[np.ndarray, "places"]:
        x, y, z = self.points.T
        return ramp(np.abs(x), 72, 78) * ramp(-np.abs(y), -58, -50) * ramp(-np.abs(z + 85), -32, -22)

    @cached_property
    def oily(self) -> Float[np.ndarray, "places"]:
        """Forehead, nose and chin."""
        forehead = self.around((151,), (34, 15, 30))
        nose = self.around((4, 6), (10, 27, 25))
        return np.clip(0.8 * forehead + nose + 0.5 * self.around((199,), (13, 9, 20)), 0, 1) * self.front

    @cached_property
    def beard(self) -> Float[np.ndarray, "places"]:
        """Upper lip, cheeks below the mouth's height, chin and throat, up to the sideburns."""
        x, y, z = self.points.T
        wiggle = 3 * self.noise(self.points, 9, 2, field=21)
        line = np.interp(np.abs(x), [0, 18, 30, 50, 62, 72], [-50, -52, -66, -60, -38, -20])
        below = ramp(line + wiggle - y, -2, 14) * ramp(y + wiggle, -142, -118)
        bare = self.around((0,), (4.5, 5, 12))  # the groove under the nose has fewer hairs
        return (
            below
            * ramp(z, -78, -62)
            * (1 - 0.5 * bare)
            * (1 - ramp(self.lip_edge, -2.5, -0.5))
            * (1 - self.ears)
        )

    @cached_property
    def scalp(self) -> Float[np.ndarray, "places"]:
        """Where the hair of the head grows."""
        x, y, z = self.points.T
        angle = np.degrees(np.arctan2(np.abs(x), z - _HAIR_AXIS_MM))
        line = np.interp(angle, *_HAIRLINE.T) + 2.5 * self.noise(self.points, 8, 3, field=22)
        return ramp(y - line, -5, 13) * (1 - self.ears)

    def around(
        self, landmarks: tuple[int, ...], widths: tuple[float, float, float]
    ) -> Float[np.ndarray, "places"]:
        """Return a bump about the middle of some landmarks.

        Args:
            landmarks: MediaPipe's numbers.
            widths: half-widths along the axes of the head frame, mm: there the bump is 1/e.

        Returns:
            (N,) in 0..1.
        """
        away = (self.points - self.landmarks[list(landmarks)].mean(0)) / widths
        return np.exp(-(away**2).sum(1))


def ramp(values: np.ndarray, start: float, end: float) -> np.ndarray:
    """Return Hermite's smooth step from 0 at `start` to 1 at `end`.

    Args:
        values: any shape.
        start: where the step begins.
        end: where it ends, above `start`.

    Returns:
        The shape of `values`, in 0..1.
    """
    t = np.clip((values - start) / (end - start), 0, 1)
    return t * t * (3 - 2 * t)


def _smooth_outline(corners: Float[np.ndarray, "corners 2"]) -> Float[np.ndarray, "outline 2"]:
    """Return a closed Catmull-Rom spline through the corners, with 12 points for each."""
    before, start, end, after = (np.roll(corners, shift, 0)[:, None] for shift in (1, 0, -1, -2))
    t = np.linspace(0, 1, 12, endpoint=False)[None, :, None]
    spline = start + 0.5 * t * (
        end
        - before
        + t * (2 * before - 5 * start + 4 * end - after + t * (3 * (start - end) + after - before))
    )
    return spline.reshape(-1, 2)


def _encloses(outline: Float[np.ndarray, "outline 2"], points: Float[np.ndarray, "points 2"]) -> np.ndarray:
    """Return whether a closed line crosses the half-line from a point towards +x an odd number of times."""
    inside = np.zeros(len(points), bool)
    x, y = points.T
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, 0), strict=True):
        if y0 != y1:
            inside ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    return inside
