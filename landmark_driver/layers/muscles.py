"""Muscles of one head: closed sheets between the muscle wrap and the skull wrap, and their fibres."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import KDTree

from landmark_driver.geometry.triangle_intersections import intersecting_pairs
from landmark_driver.layers.muscle_paths import MUSCLE_PATHS, MusclePath
from landmark_driver.layers.wraps.wrap_template import WrapTemplate

_SPACING_M = 0.0025
_REACH_M = 0.0035
"""A tetrahedron belongs to the muscle whose fibre passes its centre nearer than this, on the default head."""


@dataclass(frozen=True)
class MuscleTemplate:
    """All sheets, as points in the muscle layer: wrap triangle, barycentric weights, depth."""

    names: tuple[str, ...]
    corners: Int[np.ndarray, "points 3"]
    """Wrap vertices of each sheet point's triangle."""
    weights: Float[np.ndarray, "points 3"]
    """Barycentric weights of the corners."""
    depth: Float[np.ndarray, "points"]
    """0 on the muscle wrap, 1 on the skull wrap."""
    faces: Int[np.ndarray, "faces 3"]
    face_muscle: Int[np.ndarray, "faces"]
    """The index into `names` for every triangle."""
    fibre_ends: Int[np.ndarray, "steps 2"]
    """Pairs of successive points along fibres, in the outer faces."""
    step_muscle: Int[np.ndarray, "steps"]

    def place(
        self,
        muscle_wrap: Float[np.ndarray, "wrap 3"],
        skull_wrap: Float[np.ndarray, "wrap 3"],
        depth: Float[np.ndarray, "points"] | None = None,
    ) -> Float[np.ndarray, "points 3"]:
        """Return the sheets' points between two wraps.

        Args:
            muscle_wrap: (W, 3) metres.
            skull_wrap: (W, 3) metres.
            depth: (P,) from 0 on the muscle wrap to 1 on the skull wrap; None for the template's own.

        Returns:
            (P, 3) metres, in the frame of the wraps.
        """
        fraction = (self.depth if depth is None else depth)[:, None]
        outer = np.einsum("pk,pkc->pc", self.weights, muscle_wrap[self.corners])
        inner = np.einsum("pk,pkc->pc", self.weights, skull_wrap[self.corners])
        return (1 - fraction) * outer + fraction * inner


def build_muscle_template(
    wrap: WrapTemplate, default_nodes: Float[np.ndarray, "layers wrap 3"]
) -> MuscleTemplate:
    """Return every muscle's sheet, placed between the default head's wraps, left and right.

    Args:
        wrap: the wrap template.
        default_nodes: (3, W, 3) metres, head frame: skin wrap, muscle wrap and skull wrap of the default head.

    Returns:
        The muscle template, triangles facing out of the sheets.
    """
    skin_wrap, muscle_wrap, skull_wrap = default_nodes
    columns: dict[str, list] = {
        key: [] for key in ("names", "corners", "weights", "depth", "faces", "muscle", "ends", "step")
    }
    start = 0
    for name, path in MUSCLE_PATHS.items():
        for side in ("left", "right") if path.paired else ("",):
            grid = _fibre_grid(path) * 1e-3
            corners, weights = _on_surface(
                grid.reshape(-1, 2), path.view, side == "right", skin_wrap, wrap.faces
            )
            shape = (grid.shape[0], grid.shape[1])
            faces = _sheet_faces(*shape, path.closed)
            columns["faces"].append(faces + start)
            columns["muscle"].append(np.full(len(faces), len(columns["names"])))
            ends = _fibre_steps(*shape, path.closed) + start
            columns["ends"].append(ends)
            columns["step"].append(np.full(len(ends), len(columns["names"])))
            columns["names"].append(f"{name}_{side}" if side else name)
            columns["corners"] += [corners, corners]
            columns["weights"] += [weights, weights]
            columns["depth"] += [_tapered(path, shape, outer) for outer in (True, False)]
            start += 2 * len(corners)
    joined = {key: np.concatenate(value) for key, value in columns.items() if key != "names"}
    template = MuscleTemplate(
        tuple(columns["names"]),
        joined["corners"],
        joined["weights"],
        joined["depth"],
        joined["faces"],
        joined["muscle"],
        joined["ends"],
        joined["step"],
    )
    return _facing_outwards(template, template.place(muscle_wrap, skull_wrap))


def _facing_outwards(template: MuscleTemplate, points: Float[np.ndarray, "points 3"]) -> MuscleTemplate:
    """Turn the triangles of every sheet whose volume is negative."""
    a, b, c = np.swapaxes(points[template.faces], 0, 1)
    volume = np.bincount(template.face_muscle, np.einsum("fc,fc->f", np.cross(a, b), c))
    inside_out = volume[template.face_muscle] < 0
    faces = np.where(inside_out[:, None], template.faces[:, ::-1], template.faces)
    return replace(template, faces=faces)


def between_bone_and_skin(
    template: MuscleTemplate,
    muscle_wrap: Float[np.ndarray, "wrap 3"],
    skull_wrap: Float[np.ndarray, "wrap 3"],
    bones: tuple[Float[np.ndarray, "bones 3"], Int[np.ndarray, "bone_faces 3"]],
    skin: tuple[Float[np.ndarray, "skin 3"], Int[np.ndarray, "skin_faces 3"]],
    rounds: int = 12,
) -> Float[np.ndarray, "points 3"]:
    """Return the sheets' points, moved deeper where the skin would be cut and shallower where bone would be.

    Args:
        template: the muscle template.
        muscle_wrap: (W, 3) metres, head frame.
        skull_wrap: (W, 3) metres, head frame.
        bones: vertices (B, 3) in metres, head frame, and triangles.
        skin: vertices (S, 3) in metres, head frame, and triangles.
        rounds: the most steps at bones; half as many at the skin.

    Returns:
        (P, 3) metres, head frame.

    Bones come last, so that a sheet between near surfaces may cut the skin rather than a bone.
    """
    depth = template.depth.copy()
    for surface, step, most in ((skin, 0.1, rounds // 2), (bones, -0.15, rounds)):
        for _ in range(most):
            points = template.place(muscle_wrap, skull_wrap, depth)
            touching = intersecting_pairs(points, template.faces, *surface)
            if len(touching) == 0:
                break
            moved = np.unique(template.faces[touching[:, 0]])
            depth[moved] = np.minimum(depth[moved] + step, 0.9)
    return template.place(muscle_wrap, skull_wrap, depth)


def muscle_of_tets(
    template: MuscleTemplate, points: Float[np.ndarray, "points 3"], centres: Float[np.ndarray, "tets 3"]
) -> tuple[Int[np.ndarray, "tets"], Int[np.ndarray, "tets"]]:
    """Return each tetrahedron's muscle and the fibre step nearest to it, on the default head.

    Args:
        template: the muscle template.
        points: (P, 3) metres, the sheets' points.
        centres: (T, 3) metres, the tetrahedra's centres.

    Returns:
        (T,) indices into `template.names` and (T,) rows of `template.fibre_ends`; both are -1 where no fibre
        passes nearer than 3.5 mm.
    """
    middles = points[template.fibre_ends].mean(1)
    distance, step = KDTree(middles).query(centres)
    near = distance < _REACH_M
    return np.where(near, template.step_muscle[step], -1), np.where(near, step, -1)


def fibre_directions(
    template: MuscleTemplate, points: Float[np.ndarray, "points 3"], step: Int[np.ndarray, "tets"]
) -> Float[np.ndarray, "tets 3"]:
    """Return each tetrahedron's fibre direction, from origin to insertion.

    Args:
        template: the muscle template.
        points: (N, 3) metres: the sheets' points, which further points may follow.
        step: (T,) rows of `template.fibre_ends`, -1 for a tetrahedron without a muscle.

    Returns:
        (T, 3) unit vectors, zero where there is no muscle.
    """
    along = points[template.fibre_ends[step, 1]] - points[template.fibre_ends[step, 0]]
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
    return np.where((step >= 0)[:, None], along, 0.0)


def _fibre_grid(path: MusclePath) -> Float[np.ndarray, "fibres along 2"]:
    """Return fibres times points along them, in the view's two coordinates (millimetres)."""
    given = [np.array(fibre, float) for fibre in path.fibres]
    if path.closed:
        given = [np.concatenate([fibre, fibre[:1]]) for fibre in given]
    longest = max(np.linalg.norm(np.diff(fibre, axis=0), axis=1).sum() for fibre in given)
    count = int(np.ceil(1e-3 * longest / _SPACING_M)) + 1
    curves = np.stack([_resampled(fibre, count) for fibre in given])
    place = np.linspace(0, len(given) - 1, path.fibre_count)
    low = np.minimum(place.astype(int), len(given) - 2)
    fraction = (place - low)[:, None, None]
    grid = (1 - fraction) * curves[low] + fraction * curves[low + 1]
    return grid[:, :-1] if path.closed else grid


def _resampled(fibre: Float[np.ndarray, "given 2"], count: int) -> Float[np.ndarray, "count 2"]:
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(fibre, axis=0), axis=1))])
    at = np.linspace(0, length[-1], count)
    return np.stack([np.interp(at, length, fibre[:, k]) for k in range(2)], 1)


def _tapered(path: MusclePath, shape: tuple[int, int], outer: bool) -> Float[np.ndarray, "points"]:
    """Return the depth of one face; the sheet is thin along its outermost fibres and at open ends."""
    across = np.minimum(np.arange(shape[0]), np.arange(shape[0])[::-1]) / 1.5
    along = (
        np.full(shape[1], 9.0) if path.closed else np.minimum(np.arange(shape[1]), np.arange(shape[1])[::-1])
    )
    full = np.clip(0.3 + 0.7 * np.minimum(across[:, None], along[None] / 2), 0, 1).ravel()
    middle, half = (path.depth[0] + path.depth[1]) / 2, (path.depth[1] - path.depth[0]) / 2
    return middle + (-half if outer else half) * full


def _sheet_faces(fibres: int, along: int, closed: bool) -> Int[np.ndarray, "faces 3"]:
    """Return the outer face, the inner face (its points follow the outer ones) and the walls around the edges."""
    index = np.arange(fibres * along).reshape(fibres, along)
    if closed:
        index = np.concatenate([index, index[:, :1]], 1)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    outer = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    edges = [index[0, ::-1], index[-1]] + ([] if closed else [index[:, 0], index[::-1, -1]])
    steps = np.concatenate([np.stack([edge[:-1], edge[1:]], 1) for edge in edges])
    under = fibres * along
    walls = np.concatenate(
        [
            np.stack([steps[:, 1], steps[:, 0], steps[:, 0] + under], 1),
            np.stack([steps[:, 1], steps[:, 0] + under, steps[:, 1] + under], 1),
        ]
    )
    return np.concatenate([outer, outer[:, ::-1] + under, walls])


def _fibre_steps(fibres: int, along: int, closed: bool) -> Int[np.ndarray, "steps 2"]:
    index = np.arange(fibres * along).reshape(fibres, along)
    following = np.roll(index, -1, 1)
    steps = np.stack([index, following], -1)
    return (steps if closed else steps[:, :-1]).reshape(-1, 2)


def _on_surface(
    places: Float[np.ndarray, "points 2"],
    view: str,
    mirrored: bool,
    surface: Float[np.ndarray, "wrap 3"],
    faces: Int[np.ndarray, "faces 3"],
) -> tuple[Int[np.ndarray, "points 3"], Float[np.ndarray, "points 3"]]:
    """Return triangle corners and barycentric weights of the outermost surface point at each position in a view."""
    first, depth = (0, 2) if view == "front" else (2, 0)
    at = places.copy()
    if mirrored and view == "front":
        at[:, 0] *= -1
    outwards = -1.0 if mirrored and view == "side" else 1.0
    flat = surface[faces][..., [first, 1]]
    origin, u, v = flat[:, 0], flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    area = np.where(np.abs(area) < 1e-14, np.inf, area)
    offset = at[:, None] - origin
    beta = (offset[..., 0] * v[:, 1] - offset[..., 1] * v[:, 0]) / area
    gamma = (u[:, 0] * offset[..., 1] - u[:, 1] * offset[..., 0]) / area
    weights = np.stack([1 - beta - gamma, beta, gamma], -1)
    height = outwards * (weights * surface[faces][..., depth]).sum(-1)
    inside = (weights.min(-1) > -1e-6) & np.isfinite(area)
    best = np.where(inside, height, -np.inf).argmax(1)
    rows = np.arange(len(at))
    assert inside[rows, best].all(), "every fibre point lies over the skin"
    return faces[best], np.clip(weights[rows, best], 0, 1)
