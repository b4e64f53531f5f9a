"""Lips that cross are moved apart: upper up, lower down, by as much as they overlap.

Networks have no term for contact, so a closed mouth comes out a little too closed. The triangles of the upper lip
that cut through triangles of the lower one are found exactly. Each such pair gives the height by which its
triangles overlap, in a band across the mouth, and the skin around gives way with it.

    y_v += share_v max over pairs k of depth_k band(x_v - x_k),   share 1/2 above, -1/2 below

`share` fades to zero away from the lips and at the corners, where upper and lower lip are one. When nothing
touches, only the boxes of the triangles near the slit are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

_ROUNDS = 24
_MARGIN_M = 2e-5
_BAND_M = 0.008
"""The distance beside a crossing pair over which the lips still give way."""
_LEAST_SHARE = 0.5
_STRIPS, _SLACK_M = 10, 5e-4
"""Strips are as wide as a triangle; between its corners a triangle may reach a little further."""
_SPACING_M = 0.002
_PLACES_M = np.arange(-0.05, 0.05 + _SPACING_M, _SPACING_M)
"""Positions across the mouth at which the overlap is gathered."""

Corners = Float[np.ndarray, "pairs 3 3"]
"""Triangles: three corners each, metres, head frame."""


@dataclass(frozen=True)
class LipSeparation:
    """The lips of one head model."""

    upper: Int[np.ndarray, "upper 3"]
    lower: Int[np.ndarray, "lower 3"]
    slit: Int[np.ndarray, "2 slit"]
    """Vertices of the upper and of the lower rim, each from the subject's right to left."""
    moving: Int[np.ndarray, "moving"]
    """Vertices that give way."""
    share: Float[np.ndarray, "moving"]
    """The fraction of an overlap by which each of the `moving` vertices rises; negative where it sinks."""

    def __call__(self, vertices: Float[np.ndarray, "vertices 3"]) -> None:
        """Move the lips apart in `vertices`.

        Args:
            vertices: (V, 3) metres, head frame; changed in place.
        """
        for past in range(_ROUNDS):
            above, below = self._crossing(vertices)
            if not len(above):
                return
            self._part(vertices, above, below, 1 + past / 3)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays as files of networks store them.

        Returns:
            Arrays by the names of the attributes.
        """
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def _crossing(self, vertices) -> tuple[Int[np.ndarray, "pairs 3"], Int[np.ndarray, "pairs 3"]]:
        """Return the pairs of a triangle of the upper lip and one of the lower lip that it cuts through."""
        upper, lower = self._near_slit(vertices)
        if not (len(upper) and len(lower)):
            return upper[:0], lower[:0]
        rows, columns = _overlapping_boxes(vertices[upper], vertices[lower])
        if len(rows):
            cut = _intersect(vertices[upper[rows]].astype(float), vertices[lower[columns]].astype(float))
            rows, columns = rows[cut], columns[cut]
        return upper[rows], lower[columns]

    def _near_slit(self, vertices) -> tuple[Int[np.ndarray, "upper 3"], Int[np.ndarray, "lower 3"]]:
        """Return each lip's triangles that reach past the other lip's in their strip, by height over the slit."""
        rim = vertices[self.slit].mean(0)
        points = vertices[self._used]
        strip = ((points[:, 0] - rim[0, 0]) * (_STRIPS / np.ptp(rim[:, 0]))).astype(int).clip(-1, _STRIPS) + 2
        height = points[:, 1] - np.interp(points[:, 0], rim[:, 0], rim[:, 1])
        upper, lower = self._local
        high, deep = np.full(_STRIPS + 4, -1.0), np.full(_STRIPS + 4, 1.0)
        np.maximum.at(high, strip[self._lower_used], height[self._lower_used])
        np.minimum.at(deep, strip[self._upper_used], height[self._upper_used])
        high[1:-1] = np.maximum(np.maximum(high[:-2], high[1:-1]), high[2:])
        deep[1:-1] = np.minimum(np.minimum(deep[:-2], deep[1:-1]), deep[2:])
        reaching = [
            (height <= high[strip] + _SLACK_M)[upper].any(1),
            (height >= deep[strip] - _SLACK_M)[lower].any(1),
        ]
        return self.upper[reaching[0]], self.lower[reaching[1]]

    def _part(self, vertices, above, below, eager: float) -> None:
        """Move the lips apart by one round.

        Later rounds are more `eager` and wider, since folded lips need more than their overlap.
        """
        first, second = vertices[above].astype(float), vertices[below].astype(float)
        give = self._share_of[above].mean(1) - self._share_of[below].mean(1)
        depth = eager * (vertical_overlap(first, second) + _MARGIN_M) / np.maximum(give, _LEAST_SHARE)
        across = np.concatenate([first, second], 1)[:, :, 0]
        outside = np.maximum(across.min(1)[:, None] - _PLACES_M, _PLACES_M - across.max(1)[:, None])
        outside = np.clip((outside - _SPACING_M) / (eager * _BAND_M), 0, 1)
        wanted = (depth[:, None] * (1 - outside**2) ** 2).max(0)
        vertices[self.moving, 1] += self.share * np.interp(vertices[self.moving, 0], _PLACES_M, wanted)

    @cached_property
    def _used(self) -> Int[np.ndarray, "used"]:
        return np.unique(np.concatenate([self.upper.ravel(), self.lower.ravel()]))

    @cached_property
    def _local(self) -> tuple[np.ndarray, np.ndarray]:
        """Triangles as rows of `_used`."""
        return np.searchsorted(self._used, self.upper), np.searchsorted(self._used, self.lower)

    @cached_property
    def _upper_used(self) -> np.ndarray:
        return np.unique(self._local[0])

    @cached_property
    def _lower_used(self) -> np.ndarray:
        return np.unique(self._local[1])

    @cached_property
    def _share_of(self) -> Float[np.ndarray, "vertices"]:
        count = max(int(self._used.max()), int(self.moving.max())) + 1
        share = np.zeros(count)
        share[self.moving] = self.share
        return share


def vertical_overlap(above: Corners, below: Corners) -> Float[np.ndarray, "pairs"]:
    """Return the height by which the upper of two triangles must rise to be nowhere below the other.

    Along y two triangles are furthest past each other at a corner of one of them or where two edges cross,
    seen from above.

    Args:
        above: (P, 3, 3) corners in metres, head frame; the triangles that rise.
        below: (P, 3, 3) corners in metres, head frame.

    Returns:
        (P,) metres, at least 0; 0 for triangles that do not overlap seen from above.
    """
    heights = [_height_over(below, above), -_height_over(above, below), _edge_heights(above, below)]
    return np.maximum(0.0, -np.nan_to_num(np.concatenate(heights, 1), nan=0.0).min(1))


def _height_over(triangle: Corners, points: Corners) -> Float[np.ndarray, "pairs 3"]:
    """Return the height of points over a triangle's plane, not-a-number beside the triangle."""
    a, b, c = (triangle[:, None, corner] for corner in range(3))
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = _turn(a, b, c)
        shares = (
            np.stack([_turn(points, b, c), _turn(a, points, c), _turn(a, b, points)], -1) / whole[..., None]
        )
        height = points[..., 1] - (shares * triangle[:, None, :, 1]).sum(-1)
    return np.where((shares >= 0).all(-1) & np.isfinite(height), height, np.nan)


def _edge_heights(above: Corners, below: Corners) -> Float[np.ndarray, "pairs 9"]:
    """Return the height of the upper triangle's edges over the lower one's where they cross, else not-a-number."""
    p, r = above[:, :, None], (np.roll(above, -1, 1) - above)[:, :, None]
    q, s = below[:, None], (np.roll(below, -1, 1) - below)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        across, apart = _cross(r, s), q - p
        t, u = _cross(apart, s) / across, _cross(apart, r) / across
        height = p[..., 1] + t * r[..., 1] - q[..., 1] - u * s[..., 1]
    inside = (t >= 0) & (t <= 1) & (u >= 0) & (u <= 1) & np.isfinite(height)
    return np.where(inside, height, np.nan).reshape(len(above), 9)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the cross product of vectors seen from above."""
    return a[..., 0] * b[..., 2] - a[..., 2] * b[..., 0]


def _turn(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    return _cross(b - a, c - a)


def _overlapping_boxes(first: Corners, second: Corners) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns of the pairs whose boxes overlap; axis by axis, which is quickest in NumPy."""
    low, high = (bound[:, :, None] for bound in _box(first))
    other_low, other_high = (bound[:, None] for bound in _box(second))
    near = (low[0] <= other_high[0]) & (other_low[0] <= high[0])
    for axis in (1, 2):
        near &= low[axis] <= other_high[axis]
        near &= other_low[axis] <= high[axis]
    rows, columns = np.divmod(np.flatnonzero(near), near.shape[1])
    return rows, columns


def _box(triangles: Corners) -> tuple[Float[np.ndarray, "3 triangles"], Float[np.ndarray, "3 triangles"]]:
    """Return least and largest coordinates; corner by corner, since NumPy is slow over an axis of three."""
    a, b, c = triangles.transpose(1, 2, 0)
    return np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)


def _intersect(first: Corners, second: Corners) -> np.ndarray:
    """Return whether an edge of one triangle passes through the other."""
    found = _reach_across(first, second)
    found[found] = _reach_across(second[found], first[found])
    if found.any():
        one, other = first[found], second[found]
        through = _pierces(np.concatenate([one, other]), np.concatenate([other, one]))
        found[found] = through[: len(one)] | through[len(one) :]
    return found


def _reach_across(corners: Corners, triangle: Corners) -> np.ndarray:
    """Return whether the corners are on both sides of the triangle's plane."""
    origin = triangle[:, 0].T
    (x, y, z), (u, v, w) = (triangle[:, corner].T - origin for corner in (1, 2))
    normal = (y * w - z * v, z * u - x * w, x * v - y * u)
    away = corners.transpose(1, 2, 0) - origin
    one, two, three = ((corner * normal).sum(0) > 0 for corner in away)
    return (one != two) | (two != three)


def _pierces(edges_of: Corners, triangle: Corners) -> np.ndarray:
    start, end = edges_of.transpose(2, 0, 1), np.roll(edges_of, -1, 1).transpose(2, 0, 1)
    a, b, c = (triangle[:, corner].T[:, :, None] for corner in range(3))
    above = _volume(start, a, b, c) > 0
    across = above != np.roll(above, -1, 1)
    side = _volume(start, end, a, b) > 0
    inside = (side == (_volume(start, end, b, c) > 0)) & (side == (_volume(start, end, c, a) > 0))
    return (across & inside).any(1)


def _volume(a, b, c, d) -> np.ndarray:
    """Return six times the signed volume of tetrahedra; coordinates come first."""
    u, v, w = b - a, c - a, d - a
    return (
        u[0] * (v[1] * w[2] - v[2] * w[1])
        + u[1] * (v[2] * w[0] - v[0] * w[2])
        + u[2] * (v[0] * w[1] - v[1] * w[0])
    )
