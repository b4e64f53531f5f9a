"""Teeth and alveolar processes on the default head: one closed mesh each, placed along the dental arches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8

UPPER, LOWER = 0, 1

_ARCH_XZ = 1e-3 * np.array(
    [
        [0, 25.8],
        [5, 25.2],
        [10.5, 22.9],
        [16, 18.0],
        [20.5, 11.0],
        [25, 1.0],
        [28.5, -9.0],
        [31.5, -18.0],
        [33, -27.0],
    ]
)
"""Outer faces of the upper teeth seen from above, left half: front teeth to second molar."""

_INSET_M = {UPPER: (0.0, 0.0), LOWER: (0.0018, 0.0046)}
"""The lower arch lies inside the upper one: beside the molars and before the front teeth."""

_LEAN = {UPPER: 0.0, LOWER: 0.25}
"""How far the front teeth's edges stand before their necks, over the crown's height."""

_WIDTHS_MM = {UPPER: (8.5, 6.5, 7.6, 7.0, 6.8, 10.2, 9.6), LOWER: (5.4, 6.0, 7.0, 7.1, 7.2, 11.0, 10.4)}
"""Mesiodistal crown widths from the middle to the second molar: common textbook means."""

_DEPTHS_MM = (6.5, 6.0, 7.8, 9.0, 9.2, 10.8, 10.6)
_HEIGHTS_MM = {UPPER: (10.5, 9.2, 10.2, 8.6, 7.6, 7.2, 6.8), LOWER: (8.8, 9.2, 10.6, 8.7, 8.0, 7.2, 6.8)}
_BITE_Y, _OVERBITE_M, _CURVE_OF_SPEE = -0.0722, 0.0012, 0.04
_RINGS, _AROUND = 7, 10
_PROCESS_INSET_M = {UPPER: 0.0018, LOWER: 0.0022}
"""The distance from the outer faces of the crowns to that of the bone around their roots."""


@dataclass(frozen=True)
class DentalMesh:
    """Closed meshes of one jaw's teeth and its alveolar process; `is_tooth` is per face. Metres."""

    vertices: Float[np.ndarray, "vertices 3"]
    faces: Int[np.ndarray, "faces 3"]
    is_tooth: UInt8[np.ndarray, "faces"]


def dental_mesh(jaw: int) -> DentalMesh:
    """Return fourteen crowns and the bone that carries them, on the default head.

    Args:
        jaw: UPPER or LOWER.

    Returns:
        The mesh of the jaw, metres, head frame.
    """
    parts = [(*_crown(centre, frame, size, jaw), True) for centre, frame, size in _crowns(jaw)]
    parts.append((*_alveolar_process(jaw), False))
    starts = np.cumsum([0] + [len(vertices) for vertices, _, _ in parts[:-1]])
    return DentalMesh(
        np.concatenate([vertices for vertices, _, _ in parts]),
        np.concatenate([faces + start for (_, faces, _), start in zip(parts, starts, strict=True)]),
        np.concatenate([np.full(len(faces), tooth, np.uint8) for _, faces, tooth in parts]),
    )


def _arch(jaw: int, distance_m: Float[np.ndarray, "n"]) -> tuple[np.ndarray, np.ndarray]:
    """Return outer points (x, z) at arc lengths from the middle (negative: right side), and unit tangents."""
    fine = np.linspace(0, len(_ARCH_XZ) - 1, 200)
    curve = np.stack([np.interp(fine, np.arange(len(_ARCH_XZ)), _ARCH_XZ[:, k]) for k in range(2)], 1)
    kernel = np.hanning(31) / np.hanning(31).sum()
    mirrored = np.concatenate([curve[:0:-1] * [-1, 1], curve])
    smooth = np.stack(
        [
            np.convolve(np.pad(mirrored[:, k], 15, "reflect", reflect_type="odd"), kernel, "valid")
            for k in range(2)
        ],
        1,
    )
    tangent = np.gradient(smooth, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    inset = np.interp(smooth[:, 1], [0.0, 0.018], _INSET_M[jaw])
    smooth = smooth + inset[:, None] * tangent[:, ::-1] * [1, -1]
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(smooth, axis=0), axis=1))])
    length -= length[len(length) // 2]
    at = np.stack([np.interp(distance_m, length, smooth[:, k]) for k in range(2)], 1)
    along = np.stack([np.interp(distance_m, length, tangent[:, k]) for k in range(2)], 1)
    return at, along / np.linalg.norm(along, axis=1, keepdims=True)


def _inwards(along: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "n 2"]:
    """Return unit vectors towards the tongue: right of the direction of travel from right to left."""
    return along[:, ::-1] * [1, -1]


def _crowns(jaw: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return centre, frame (columns: along the arch, up, inwards) and size of every crown."""
    widths = 1e-3 * np.array(_WIDTHS_MM[jaw])
    middles = np.cumsum(widths) - widths / 2
    distance = np.concatenate([-middles[::-1], middles])
    order = np.concatenate([np.arange(7)[::-1], np.arange(7)])
    at, along = _arch(jaw, distance)
    inward = _inwards(along)
    crowns = []
    for k, tooth in enumerate(order):
        size = 1e-3 * np.array([1e3 * widths[tooth] * 0.97, _HEIGHTS_MM[jaw][tooth], _DEPTHS_MM[tooth]])
        height = _biting_height(jaw, at[k, 1]) + (0.5 if jaw == UPPER else -0.5) * size[1]
        plan = at[k] + inward[k] * size[2] / 2
        frame = np.array([[along[k, 0], 0, inward[k, 0]], [0, 1, 0], [along[k, 1], 0, inward[k, 1]]])
        crowns.append((np.array([plan[0], height, plan[1]]), frame, size))
    return crowns


def _biting_height(jaw: int, z: float) -> float:
    """Return the height of the occlusal curve, where front teeth overlap a little."""
    rise = _CURVE_OF_SPEE * max(0.0, 0.012 - z)
    overlap = _OVERBITE_M * np.clip((z - 0.005) / 0.015, 0, 1)
    return _BITE_Y + rise + (-overlap if jaw == UPPER else 0.0) - (0.0004 if jaw == LOWER else 0.0)


def _crown(
    centre: np.ndarray, frame: np.ndarray, size: np.ndarray, jaw: int
) -> tuple[Float[np.ndarray, "vertices 3"], Int[np.ndarray, "faces 3"]]:
    """Return a rounded box that narrows to the neck, and to an edge where the tooth is a front tooth."""
    is_front = size[2] < 0.008
    level = np.linspace(-1, 1, _RINGS)
    turn = 2 * np.pi * np.arange(_AROUND) / _AROUND
    to_edge = -level if jaw == UPPER else level
    rounding = (1 - 0.9 * np.abs(level) ** 6) ** 0.4
    neck = 1 - 0.22 * (1 - to_edge) / 2
    thin = 1 - (0.6 if is_front else 0.12) * np.clip(to_edge, 0, 1)
    square = np.abs(np.stack([np.cos(turn), np.sin(turn)])) ** 0.55 * np.sign([np.cos(turn), np.sin(turn)])
    x = (rounding * neck)[:, None] * square[0] * size[0] / 2
    z = (rounding * thin)[:, None] * square[1] * size[2] / 2 - ((1 - thin) * size[2] / 4)[:, None]
    z = z - (_LEAN[jaw] * is_front * to_edge * size[1] / 2)[:, None]
    y = np.repeat(level[:, None] * size[1] / 2, _AROUND, 1)
    rings = np.stack([x, y, z], -1).reshape(-1, 3)
    ends = np.array([[0, -size[1] / 2, z[0].mean()], [0, size[1] / 2, z[-1].mean()]])
    return centre + np.concatenate([rings, ends]) @ frame.T, tube_faces(_RINGS, _AROUND)[:, ::-1]


def _alveolar_process(jaw: int) -> tuple[Float[np.ndarray, "vertices 3"], Int[np.ndarray, "faces 3"]]:
    """Return a horseshoe of bone around the roots, from the necks of the crowns to the jaw's body."""
    reach = 1e-3 * (sum(_WIDTHS_MM[jaw]) + 2)
    at, along = _arch(jaw, np.linspace(-reach, reach, 41))
    up = 1.0 if jaw == UPPER else -1.0
    turn = 2 * np.pi * np.arange(12) / 12
    rings = []
    for plan, inward in zip(at, _inwards(along), strict=True):
        neck = _biting_height(jaw, plan[1]) + up * 1e-3 * np.interp(plan[1], [-0.025, 0.02], [5.8, 8.6])
        height, depth = 0.012 + 0.002 * (jaw == UPPER), np.interp(plan[1], [-0.02, 0.02], [0.012, 0.0085])
        across = (
            0.5 * depth * np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** 0.7
            + 0.5 * depth
            + _PROCESS_INSET_M[jaw]
        )
        slope = np.interp(plan[1], [0.0, 0.015], [0.15, 0.75] if jaw == LOWER else [0.1, 0.45])
        across = across + slope * height * (0.5 - 0.5 * np.cos(turn))
        levels = neck + up * height * (0.5 - 0.5 * np.cos(turn))
        rings.append(np.stack([plan[0] + inward[0] * across, levels, plan[1] + inward[1] * across], 1))
    points = np.concatenate(rings)
    ends = np.stack([rings[0].mean(0), rings[-1].mean(0)])
    faces = tube_faces(len(rings), 12)
    return np.concatenate([points, ends]), faces if jaw == LOWER else faces[:, ::-1]


def tube_faces(rings: int, around: int) -> Int[np.ndarray, "faces 3"]:
    """Return the triangles of a tube with vertices ring by ring, closed by two end points that follow them.

    Args:
        rings: the number of rings.
        around: the number of vertices in a ring.

    Returns:
        (2 * rings * around, 3) vertex indices.
    """
    k = np.arange(around)
    following = (k + 1) % around
    faces = []
    for ring in range(rings - 1):
        low, high = ring * around, (ring + 1) * around
        faces.append(np.stack([low + k, high + k, high + following], 1))
        faces.append(np.stack([low + k, high + following, low + following], 1))
    first, last = rings * around, rings * around + 1
    faces.append(np.stack([np.full(around, first), k, following], 1))
    top = (rings - 1) * around
    faces.append(np.stack([np.full(around, last), top + following, top + k], 1))
    return np.concatenate(faces)
