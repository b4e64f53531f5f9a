"""Vertex colours as a few meshes of one colour each, the only kind that the viewer can move.

Skin with paints is one smooth mesh of its commonest colour. Its paints (lips, brows) are laid over it in
nested translucent patches, cut along the contour lines of their amount, so that they fade without a seam. Skin
without paints, as that of scans and of heads from pictures, is cut into pieces of one colour each. Other parts
are split by colour.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.cluster.vq import kmeans2

from desktop_viewer.color_pieces import ColorPiece, color_pieces
from landmark_driver.geometry.subdivision import Subdivision
from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head.scan_mesh import CharacterMesh

_STEPS = (0.12, 0.3, 0.48, 0.66, 0.84)
"""A patch covers the skin that has at least this much of its paint; all are equally translucent."""
_OPACITY = 0.32
_LIFT_M = 0.0002
"""Distance of each patch above the one before, so that none hides in another."""
_NOTICEABLE = 12.0
"""Spread in 8-bit sRGB below which a part has one colour."""
_PART_COLORS = 4
_SKIN = 0


@dataclass(frozen=True)
class PaintLayer:
    """A mesh of one colour: its vertices lie on edges of the shown mesh, `fraction` of the way from a to b.

    `color` is 8-bit sRGB, `faces` count in the layer's own vertices, and `lift` is in metres.
    """

    name: str
    color: tuple[int, int, int]
    opacity: float | None
    edge_a: Int[np.ndarray, "rows"]
    edge_b: Int[np.ndarray, "rows"]
    fraction: Float[np.ndarray, "rows 1"]
    faces: Int[np.ndarray, "faces 3"]
    lift: Float[np.ndarray, "rows 3"] | None

    def place(self, vertices: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "rows 3"]:
        """Return the layer's vertices for a pose of the shown mesh.

        Args:
            vertices: (V, 3) metres, head frame, of the shown mesh.

        Returns:
            (R, 3) metres, head frame.
        """
        if self.lift is None:
            return vertices[self.edge_a]
        start = vertices[self.edge_a]
        return start + self.fraction * (vertices[self.edge_b] - start) + self.lift


def paint_layers(mesh: CharacterMesh, subdivision: Subdivision) -> list[PaintLayer | ColorPiece]:
    """Return the layers of a shown mesh.

    Args:
        mesh: gives colours, paints and parts.
        subdivision: the mesh's `display`.

    Returns:
        The skin and its paints, from the lowest to the highest, then the other parts.
    """
    faces, colors = subdivision.faces, mesh.display_colors.astype(float)
    normals = vertex_normals(subdivision(mesh.neutral_vertices), faces)
    part = mesh.display_part
    skin = faces[part == _SKIN]
    layers: list[PaintLayer | ColorPiece] = []
    if len(mesh.paint_colors):
        layers.append(_whole("skin", np.median(colors[np.unique(skin)], 0), skin))
    else:
        layers += color_pieces("skin", skin, colors, normals)
    for index, color in enumerate(mesh.paint_colors):
        amount = mesh.paint_amounts[index] / 255.0
        patches = [
            _contour(f"paint_{index}_{step}", color, skin, amount - step, (1 + rank) * _LIFT_M * normals)
            for rank, step in enumerate(_STEPS)
        ]
        layers += [patch for patch in patches if len(patch.faces)]
    for number in np.unique(part[part != _SKIN]):
        own = faces[part == number]
        layers += _split_by_color(f"part_{number}", own, colors[own].mean(1))
    return layers


def _contour(name, color, faces, height, lifts) -> PaintLayer:
    """Return the part of the mesh where `height`, linear on triangles, is positive."""
    corners: dict[tuple[int, int], int] = {}
    fraction: list[float] = []

    def vertex(a: int, b: int) -> int:
        """The corner a itself (a == b), or the place between a (inside) and b where the height is zero."""
        if (a, b) not in corners:
            corners[a, b] = len(fraction)
            fraction.append(0.0 if a == b else height[a] / (height[a] - height[b]))
        return corners[a, b]

    triangles = []
    inside = height > 0
    for face in faces[inside[faces].any(1)]:
        ring = []
        for a, b in zip(face, np.roll(face, -1), strict=True):
            if inside[a]:
                ring.append(vertex(a, a))
            if inside[a] != inside[b]:
                ring.append(vertex(a, b) if inside[a] else vertex(b, a))
        triangles += [(ring[0], ring[i], ring[i + 1]) for i in range(1, len(ring) - 1)]
    edges = np.array(list(corners), int).reshape(-1, 2)
    lift = lifts[edges[:, 0]].astype(np.float32)
    faces = np.array(triangles, np.int32).reshape(-1, 3)
    between = np.array(fraction, np.float32).reshape(-1, 1)
    return PaintLayer(name, _rgb(color), _OPACITY, edges[:, 0], edges[:, 1], between, faces, lift)


def _split_by_color(name, faces, face_colors) -> list[PaintLayer]:
    if np.ptp(face_colors, axis=0).max() < _NOTICEABLE:
        return [_whole(name, face_colors.mean(0), faces)]
    centres, label = _clusters(face_colors, _PART_COLORS)
    return [_whole(f"{name}_{index}", centre, faces[label == index]) for index, centre in enumerate(centres)]


def _clusters(colors: Float[np.ndarray, "points 3"], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return up to `count` colours that stand for all, and the index of the one nearest to each colour.

    They are means of clusters (Lloyd) that start from colours far from each other, so that none is empty.
    """
    distinct = np.unique(colors, axis=0)
    seeds = [distinct[0]]
    while len(seeds) < min(count, len(distinct)):
        distance = np.min([((distinct - seed) ** 2).sum(1) for seed in seeds], axis=0)
        seeds.append(distinct[distance.argmax()])
    centres, label = kmeans2(colors, np.array(seeds), minit="matrix", missing="raise")
    return centres, label


def _whole(name, color, faces) -> PaintLayer:
    rows, local = np.unique(faces, return_inverse=True)
    none = np.zeros((len(rows), 1), np.float32)
    return PaintLayer(name, _rgb(color), None, rows, rows, none, local.reshape(-1, 3).astype(np.int32), None)


def _rgb(color) -> tuple[int, int, int]:
    red, green, blue = (round(float(value)) for value in color)
    return red, green, blue
