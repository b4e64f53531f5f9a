"""Repairs a scan for registration; the scan itself stays as it is."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Bool, Float, Int
from scipy.sparse.csgraph import connected_components

from landmark_driver.head_fit.scan_files.scan import CleanScan, Scan

_WELD = 1e-6
"""Vertices within this fraction of the scan's size of each other become one."""
_FRAGMENT_FRACTION = 0.1
"""Components with less than this fraction of the largest one's area are fragments."""


def clean_scan(scan: Scan) -> CleanScan:
    """Return the scan without coincident vertices, double and flat triangles, third triangles at an edge, fragments.

    Args:
        scan: the scan, in its own unit and frame; it stays as it is.

    Returns:
        The repaired copy, in the same unit and frame, with a count of each repair.

    Holes stay open: registration leaves them to the template.
    """
    label, vertices = _welded(scan.vertices)
    faces = label[scan.faces]
    repairs = {"welded_vertices": len(scan.vertices) - len(vertices)}
    for name, keep in (
        ("degenerate_faces", _not_flat),
        ("duplicate_faces", _first_of_its_kind),
        ("nonmanifold_faces", _two_at_an_edge),
        ("fragment_faces", _not_in_a_fragment),
    ):
        kept = faces[keep(vertices, faces)]
        repairs[name] = len(faces) - len(kept)
        faces = kept
    used, local = np.unique(faces, return_inverse=True)
    clean = np.full(len(vertices), -1)
    clean[used] = np.arange(len(used))
    found = {name: count for name, count in repairs.items() if count}
    return CleanScan(vertices[used], local.reshape(-1, 3).astype(np.int32), clean[label], found)


def _welded(vertices: Float[np.ndarray, "vertices 3"]) -> tuple[np.ndarray, np.ndarray]:
    """Return for every vertex the number of its point, and the points."""
    step = _WELD * np.ptp(vertices, axis=0).max()
    cells = np.round((vertices - vertices.min(0)) / max(step, 1e-30)).astype(np.int64)
    _, first, label = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    return label.ravel(), vertices[first]


def areas(vertices: Float[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"]) -> np.ndarray:
    """Return the areas of triangles.

    Args:
        vertices: (V, 3) in any unit.
        faces: (F, 3) triangles.

    Returns:
        (F,) in the square of that unit.
    """
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


def _not_flat(vertices, faces) -> Bool[np.ndarray, "faces"]:
    sides = np.stack([vertices[faces[:, i]] - vertices[faces[:, i - 1]] for i in range(3)])
    size = np.linalg.norm(sides, axis=2).max(0)
    return areas(vertices, faces) > 1e-6 * size**2


def _first_of_its_kind(vertices, faces) -> Bool[np.ndarray, "faces"]:
    _, first = np.unique(np.sort(faces, axis=1), axis=0, return_index=True)
    keep = np.zeros(len(faces), bool)
    keep[first] = True
    return keep


def _two_at_an_edge(vertices, faces) -> Bool[np.ndarray, "faces"]:
    """Return the triangles that stay: where three or more meet, the two largest."""
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    edge = np.unique(edges, axis=0, return_inverse=True)[1].ravel()
    order = np.lexsort((-np.repeat(areas(vertices, faces), 3), edge))
    starts = np.r_[0, np.flatnonzero(np.diff(edge[order])) + 1]
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    keep = np.ones(len(faces), bool)
    keep[order[rank >= 2] // 3] = False
    return keep


def _not_in_a_fragment(vertices, faces) -> Bool[np.ndarray, "faces"]:
    rows, columns = faces[:, [0, 1, 2]].ravel(), faces[:, [1, 2, 0]].ravel()
    graph = sparse.coo_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(vertices), len(vertices)))
    component = connected_components(graph, directed=False)[1][faces[:, 0]]
    area = np.bincount(component, areas(vertices, faces))
    return area[component] >= _FRAGMENT_FRACTION * area.max()
