"""The pictures of docs/layered_head.md: `python -m docs.scripts.make_layer_pictures`. Needs the training extra."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from landmark_driver.identities.load_identities import load_identities
from landmark_driver.layers.bones.bones import BONE_PARTS
from landmark_driver.layers.layer_head import layer_head
from landmark_driver.layers.layer_template import load_layer_template
from landmark_driver.layers.layered_head import LayeredHead
from landmark_driver.layers.wraps.prism_tets import MUSCLE, SOFT
from landmark_driver.rendering.render import orbit_camera, render

PICTURES = Path(__file__).parents[1] / "pictures"
_SKIN, _CARTILAGE = (0.80, 0.58, 0.47), (0.62, 0.72, 0.78)
_BONES = {
    "cranium": (0.80, 0.73, 0.58),
    "maxilla": (0.74, 0.62, 0.42),
    "mandible": (0.72, 0.68, 0.60),
    "upper_teeth": (0.92, 0.91, 0.86),
    "lower_teeth": (0.92, 0.91, 0.86),
}
_TISSUE = {SOFT: (240, 205, 165), MUSCLE: (200, 95, 85)}

Mesh = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Vertices, triangles, one colour per vertex."""


def skin_mesh(layered: LayeredHead, open_side: bool) -> Mesh:
    """The skin; with `open_side` its left half (the viewer's right) is cut away in front of the ear."""
    faces = layered.topology.faces_of("skin")
    if open_side:
        centre = layered.skin_vertices[faces].mean(1)
        faces = faces[centre[:, 0] < 0]
    return layered.skin_vertices, faces, np.tile(_SKIN, (len(layered.skin_vertices), 1))


def bone_mesh(layered: LayeredHead) -> Mesh:
    colors = np.array([_BONES[part] for part in BONE_PARTS])
    return _own_corners(layered.bones.vertices, layered.bones.faces, colors[layered.bones.part])


def muscle_mesh(layered: LayeredHead) -> Mesh:
    """Muscles in shades of red by name, the same on both sides; cartilage bluish."""
    shades = []
    for name in layered.muscles.names:
        hue = sum(map(ord, name.removesuffix("_left").removesuffix("_right"))) % 7 / 7
        shades.append(
            _CARTILAGE if "cartilage" in name else (0.52 + 0.2 * hue, 0.13 + 0.12 * hue, 0.11 + 0.08 * hue)
        )
    return _own_corners(
        layered.muscles.vertices, layered.muscles.faces, np.array(shades)[layered.muscles.part]
    )


def _own_corners(vertices: np.ndarray, faces: np.ndarray, face_colors: np.ndarray) -> Mesh:
    """Vertices are shared inside a colour only, so that colours end sharply and shading stays smooth."""
    _, label = np.unique(face_colors, axis=0, return_inverse=True)
    keys = faces * (label.max() + 1) + label.reshape(-1, 1)
    unique, compact = np.unique(keys, return_inverse=True)
    colors = np.zeros((len(unique), 3))
    colors[compact.reshape(-1, 3)] = face_colors[:, None]
    return vertices[unique // (label.max() + 1)], compact.reshape(-1, 3), colors


def joined(*meshes: Mesh) -> Mesh:
    starts = np.cumsum([0] + [len(mesh[0]) for mesh in meshes[:-1]])
    return (
        np.concatenate([mesh[0] for mesh in meshes]),
        np.concatenate([mesh[1] + start for mesh, start in zip(meshes, starts, strict=True)]),
        np.concatenate([mesh[2] for mesh in meshes]),
    )


def picture(mesh: Mesh, yaw_deg: float, size_px: int = 420) -> np.ndarray:
    camera = orbit_camera(0.56, yaw_deg, 0, (size_px, size_px), target=(0.0, -0.015, -0.05))
    return render(*mesh, camera, supersample=2).image


def section(
    layered: LayeredHead, axis: int, at_m: float, half_m: float, centre: np.ndarray, size_px: int = 640
) -> np.ndarray:
    """Tetrahedra, bones and teeth where the plane `axis` = `at_m` cuts them."""
    across, up = {0: (2, 1), 1: (0, 2)}[axis]
    image = Image.new("RGB", (size_px, size_px), "white")
    draw = ImageDraw.Draw(image)

    def to_px(points: np.ndarray) -> list[tuple[float, float]]:
        flat = (points[:, [across, up]] - centre[[across, up]]) / half_m
        return [(size_px / 2 * (1 + x), size_px / 2 * (1 - y)) for x, y in flat]

    for tet, tissue in zip(layered.tets, layered.tissue, strict=True):
        corners = _cut(layered.nodes[tet], [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)], axis, at_m)
        if len(corners) >= 3:
            flat = corners[:, [across, up]] - corners[:, [across, up]].mean(0)
            order = np.argsort(np.arctan2(flat[:, 1], flat[:, 0]))
            draw.polygon(to_px(corners[order]), fill=_TISSUE[int(tissue)], outline=(120, 80, 70))
    for face in layered.bones.faces:
        ends = _cut(layered.bones.vertices[face], [(0, 1), (1, 2), (2, 0)], axis, at_m)
        if len(ends) == 2:
            draw.line(to_px(ends), fill=(60, 60, 90), width=2)
    return np.asarray(image)


def _cut(points: np.ndarray, edges: list[tuple[int, int]], axis: int, at: float) -> np.ndarray:
    side = points[:, axis] - at
    ends = [
        points[a] + side[a] / (side[a] - side[b]) * (points[b] - points[a])
        for a, b in edges
        if side[a] * side[b] < 0
    ]
    return np.array(ends).reshape(-1, 3)


def save(name: str, rows: list[list[np.ndarray]]) -> None:
    Image.fromarray(np.concatenate([np.concatenate(row, 1) for row in rows])).save(
        PICTURES / name, optimize=True
    )
    print(PICTURES / name, flush=True)


def main() -> None:
    identities = load_identities()
    template = load_layer_template(identities.template())
    default = layer_head(identities.mean(), template)
    stages = (
        joined(skin_mesh(default, True), muscle_mesh(default), bone_mesh(default)),
        joined(muscle_mesh(default), bone_mesh(default)),
        bone_mesh(default),
    )
    save("layers.png", [[picture(mesh, yaw) for mesh in stages] for yaw in (0, 40, 90)])
    face = np.array([0.0, -0.04, -0.01])
    cuts = [
        section(default, 0, 0.0007, 0.085, face),
        section(default, 0, 0.012, 0.085, face),
        section(default, 1, -0.0685, 0.085, np.array([0, 0, -0.04])),
    ]
    save("layer_sections.png", [cuts])
    rows: list[list[np.ndarray]] = [[], []]
    for number in (1, 5, 12, 22):
        head = layer_head(identities.sample_whole_range(np.random.default_rng([0, number])), template)
        rows[0].append(picture(skin_mesh(head, False), 30, 320))
        rows[1].append(picture(joined(muscle_mesh(head), bone_mesh(head)), 30, 320))
    save("layers_of_extreme_heads.png", rows)


if __name__ == "__main__":
    main()
