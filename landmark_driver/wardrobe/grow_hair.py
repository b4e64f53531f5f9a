"""Hair as ribbons that grow from the default head's scalp, and the short hair between their roots.

    python -m landmark_driver.wardrobe.grow_hair [STYLE]

writes landmark_driver/assets/wardrobe/hair_*.npz and scalp_*.npz. It needs the extra `physics`.
"""

from __future__ import annotations

import argparse

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import KDTree

from landmark_driver.dress.rooted_mesh import WARDROBE, RootedMesh
from landmark_driver.wardrobe.default_skin import Skin, default_skin
from landmark_driver.wardrobe.hair_styles import (
    SKULL_M,
    STYLES,
    HairStyle,
    by,
    on_skull,
    within_hairline,
)
from landmark_driver.wardrobe.paint_hair import SCALP_REACH_M, SCALP_START_M, STRAND_COLUMNS

_PIECES = 5
"""Quads of a ribbon."""
_STEPS = 4
"""Steps in which each of its pieces grows."""
_CLOSE_M = 0.04
_SOFT_M = 0.022
"""Within this distance of the hairline strands are shorter and narrower."""
_DOWN = np.array([0.0, -1.0, 0.0])
_LIFT_M = 0.0006


def strands(style: HairStyle) -> RootedMesh:
    """Grow the ribbons of a style.

    Args:
        style: the style.

    Returns:
        The ribbons for the wardrobe, without a picture.
    """
    skin, rng = default_skin(), np.random.default_rng(style.seed)
    face, weights = _roots(skin, style, rng)
    roots, normals = skin.at(skin.vertices, face, weights), skin.at(skin.normals, face, weights)
    _, elevation, _ = on_skull(roots)
    soft = np.clip(within_hairline(roots, style) / _SOFT_M, 0, 1)
    length = by(style.length_m, elevation) * (0.45 + 0.55 * soft) * rng.uniform(0.8, 1.08, len(roots))
    path = _grown(skin, style, roots, normals, length, rng)
    width = style.width_m * (0.45 + 0.55 * soft) * rng.uniform(0.75, 1.2, len(roots))
    vertices, coordinates, faces = _ribbons(path, width, rng)
    root = np.repeat(np.arange(len(roots)), 2 * (_PIECES + 1))
    return skin.grown(face, weights, root, vertices, faces, coordinates, b"")


def _roots(skin: Skin, style: HairStyle, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return places spread over the scalp: each is the farthest of a few random ones from those before."""
    corners = skin.vertices[skin.faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    inside = within_hairline(corners.mean(1), style) > 0
    face = rng.choice(len(area), 12 * style.strands, p=area * inside / (area * inside).sum())
    weights = rng.dirichlet(np.ones(3), len(face))
    places = skin.at(skin.vertices, face, weights)
    elevation = on_skull(places)[1]
    inwards = within_hairline(places, style)
    share = by(style.thinning, elevation) * np.clip(0.15 + inwards / _SOFT_M, 0, 1)
    good = (inwards > 0.001) & (rng.uniform(size=len(face)) < share)
    face, weights, places = face[good], weights[good], places[good]
    apart = np.sqrt((area * inside).sum() / 2 / style.strands) * 0.72
    kept: list[int] = []
    taken = np.zeros(len(face), bool)
    tree = KDTree(places)
    for index in range(len(face)):
        if not taken[index]:
            kept.append(index)
            taken[tree.query_ball_point(places[index], apart)] = True
    chosen = np.array(kept[: style.strands])
    return face[chosen], weights[chosen]


def _grown(
    skin: Skin,
    style: HairStyle,
    roots: Float[np.ndarray, "strands 3"],
    normals: Float[np.ndarray, "strands 3"],
    length: Float[np.ndarray, "strands"],
    rng: np.random.Generator,
) -> Float[np.ndarray, "strands points 3"]:
    """Return the strands' points: each piece bends down from the one before, and keeps off the skin."""
    _, elevation, _ = on_skull(roots)
    lift = np.deg2rad(by(style.lift_deg, elevation) * rng.uniform(0.6, 1.3, len(roots)))[:, None]
    height = by(style.height_m, elevation) * rng.uniform(0.15, 1.0, len(roots)) ** 0.8
    way = np.cos(lift) * _combed(roots, normals, style, rng) + np.sin(lift) * normals
    used = np.unique(skin.faces)
    surface = (KDTree(skin.vertices[used]), skin.vertices[used], skin.normals[used])
    step = (length / _PIECES / _STEPS)[:, None]
    point = roots - 0.0008 * normals
    path = [point]
    for number in range(_PIECES * _STEPS):
        clear = height * min(1.0, 0.35 * (number + 1) / _STEPS)
        moved = _kept_off(surface, point + step * way, clear, style.hold)
        way, point = moved - point, moved
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        way = way + style.gravity / _STEPS * _DOWN + 0.02 * rng.normal(size=way.shape)
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        if (number + 1) % _STEPS == 0:
            path.append(point)
    return np.stack(path, 1)


def _kept_off(surface, points, clear: Float[np.ndarray, "strands"], hold: float) -> np.ndarray:
    """Return points moved out to their height above the skin, and drawn down to it by a fraction where they are close."""
    tree, vertices, normals = surface
    distance, near = tree.query(points, k=4)
    share = 1 / (distance + 1e-4)
    share /= share.sum(1, keepdims=True)
    place = np.einsum("pk,pkc->pc", share, vertices[near])
    out = np.einsum("pk,pkc->pc", share, normals[near])
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    lacking = clear - ((points - place) * out).sum(1)
    drawn = np.where(distance[:, 0] < _CLOSE_M, hold * np.minimum(lacking, 0), 0)
    return points + np.where(lacking > 0, np.minimum(lacking, 0.02), drawn)[:, None] * out


def _combed(roots, normals, style: HairStyle, rng: np.random.Generator) -> Float[np.ndarray, "strands 3"]:
    """Return unit directions along the scalp: from the whorl, to the sides of a parting, and down where it is steep."""
    from_whorl = roots - np.array(style.whorl_m)
    from_whorl /= np.linalg.norm(from_whorl, axis=1, keepdims=True)
    _, elevation, _ = on_skull(roots)
    top = np.clip((elevation - 5) / 45, 0, 1)[:, None]
    way = (
        from_whorl * (0.4 + 0.6 * top)
        + 0.9 * (1 - top) * _DOWN
        - style.sideways * top * np.array([1.0, 0, 0])
    )
    if style.parting_m is not None:
        side = np.sign(roots[:, :1] - style.parting_m)
        behind = np.array([0.0, 0.0, -0.8])
        way = top * (side * np.array([1.0, 0, 0]) + behind) + (1 - top) * (_DOWN + behind)
    way = way + 0.16 * rng.normal(size=way.shape)
    way -= normals * (way * normals).sum(1, keepdims=True)
    return way / np.linalg.norm(way, axis=1, keepdims=True)


def _ribbons(
    path: Float[np.ndarray, "strands points 3"], width: Float[np.ndarray, "strands"], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, Int[np.ndarray, "faces 3"]]:
    """Return ribbons along paths, flat on the volume of the hair: vertices, coordinates and triangles."""
    count, points = path.shape[:2]
    along = np.gradient(path, axis=1)
    outwards = path - SKULL_M
    outwards /= np.linalg.norm(outwards, axis=2, keepdims=True)
    across = np.cross(along, outwards)
    across /= np.maximum(np.linalg.norm(across, axis=2, keepdims=True), 1e-9)
    roll = rng.normal(0, 0.35, count)[:, None, None]
    across = np.cos(roll) * across + np.sin(roll) * outwards
    share = np.linspace(0, 1, points)
    half = 0.5 * width[:, None, None] * (0.7 + 0.5 * np.sin(np.pi * share) - 0.25 * share)[None, :, None]
    vertices = np.stack([path - half * across, path + half * across], 2).reshape(-1, 3)
    column = rng.integers(STRAND_COLUMNS, size=count)
    flipped = rng.integers(2, size=count)
    sides = np.stack([column + flipped, column + 1 - flipped], 1) / STRAND_COLUMNS
    u = np.broadcast_to(sides[:, None, :], (count, points, 2))
    v = np.broadcast_to(1 - share[None, :, None], (count, points, 2))
    number = np.arange(count * points * 2).reshape(count, points, 2)
    a, b, c, d = number[:, :-1, 0], number[:, :-1, 1], number[:, 1:, 0], number[:, 1:, 1]
    faces = np.concatenate([np.stack([a, b, d], -1).reshape(-1, 3), np.stack([a, d, c], -1).reshape(-1, 3)])
    return vertices, np.stack([u, v], -1).reshape(-1, 2), faces


def scalp(style: HairStyle) -> RootedMesh:
    """Return the scalp of a style as a mesh close to the skin, for a picture of short hair that thins out at the hairline.

    Args:
        style: the style.

    Returns:
        The mesh for the wardrobe, without a picture; the picture's columns run around the skull, its rows inwards.
    """
    skin = default_skin()
    inside = within_hairline(skin.vertices, style)
    rows = (inside[skin.faces] > SCALP_START_M).any(1) & ~_ears(skin)[skin.faces].any(1)
    corners = skin.faces[rows]
    azimuth = on_skull(skin.vertices)[0][corners] / 360 + 0.5
    azimuth[np.ptp(azimuth, axis=1) > 0.5] = azimuth[
        np.ptp(azimuth, axis=1) > 0.5
    ].round()  # across the seam behind
    reach = np.clip((inside[corners] - SCALP_START_M) / (SCALP_REACH_M - SCALP_START_M), 0, 1)
    reach = np.minimum(reach, by(style.cover, on_skull(skin.vertices)[1])[corners])
    kinds = np.concatenate([corners.reshape(-1, 1), np.round(4096 * azimuth).reshape(-1, 1)], 1).astype(int)
    _, first, place = np.unique(kinds, axis=0, return_index=True, return_inverse=True)
    vertex = corners.ravel()[first]
    coordinates = np.stack([azimuth.ravel()[first], reach.ravel()[first]], 1)
    points = skin.vertices[vertex] + _LIFT_M * skin.normals[vertex]
    face, weights = skin.nearest(skin.vertices[vertex])
    own = np.arange(len(vertex))
    return skin.grown(face, weights, own, points, place.reshape(-1, 3), np.clip(coordinates, 0, 1), b"")


def _ears(skin: Skin) -> np.ndarray:
    """Return which vertices lie on the ears, which stand away from the skull."""
    x, y, z = np.abs(skin.vertices[:, 0]), skin.vertices[:, 1], skin.vertices[:, 2]
    return (x > 0.0765) & (y < 0.026) & (z > -0.118) & (z < -0.05)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("style", nargs="*", default=list(STYLES))
    for name in parser.parse_args().style:
        strands(STYLES[name]).save(WARDROBE / f"hair_{name}.npz")
        scalp(STYLES[name]).save(WARDROBE / f"scalp_{name}.npz")


if __name__ == "__main__":
    main()
