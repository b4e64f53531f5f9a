"""A head-like shell for benchmarks and tests: two layers of prisms on an ellipsoid, with bone and muscles.

It has a head's size, tissue thickness, proportion of free nodes and kind of load, and any number of
tetrahedra, but no anatomy. All dimensions are ours.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import ConvexHull

from landmark_driver.simulation.energy.rest_mesh import CRANIUM, FREE, MANDIBLE, MUSCLE_TISSUE, RestMesh
from landmark_driver.simulation.solver.effective_actuation import Actuation

_AXES_M = np.array([0.075, 0.110, 0.090])
_THICKNESS_M, _FRONT_EXTRA_M = 5e-3, 8e-3

# Centre of a muscle (m), direction of its pull, reach (m), and the fraction of its length that it keeps.
_MUSCLES = (
    ((0.03, -0.03, 0.07), (0.7, 0.7, -0.2), 0.025, 0.55),
    ((-0.03, -0.03, 0.07), (-0.7, 0.7, -0.2), 0.025, 0.55),
    ((0.0, 0.06, 0.06), (0.0, 1.0, -0.3), 0.03, 0.7),
    ((0.0, -0.035, 0.085), (1.0, 0.0, 0.0), 0.02, 0.6),
)


def synthetic_head(frequency: int) -> RestMesh:
    """Return a shell of 120 frequency^2 tetrahedra.

    Args:
        frequency: cuts of an icosahedron's edge.

    Returns:
        The mesh in metres, with nodes in layers from the inside out.
    """
    directions, triangles = sphere(frequency)
    outside = directions * _AXES_M
    normals = directions / _AXES_M
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    thickness = (_THICKNESS_M + _FRONT_EXTRA_M * np.clip(directions[:, 2], 0, 1))[:, None]
    nodes = np.concatenate([outside - fraction * thickness * normals for fraction in (1.0, 0.5, 0.0)])
    tets = np.concatenate([_prisms(triangles, layer, len(directions)) for layer in (0, 1)])
    tets = _positive(nodes, tets)
    tissue = np.repeat([MUSCLE_TISSUE, 0], len(tets) // 2)
    bone = np.concatenate([_bone(directions), np.full(2 * len(directions), FREE)])
    return RestMesh(nodes, tets, tissue, bone)


def skin_nodes(mesh: RestMesh) -> Int[np.ndarray, "skin"]:
    """Return the outermost third of a synthetic head's nodes.

    Args:
        mesh: made by `synthetic_head`.

    Returns:
        (skin,) indices of nodes.
    """
    return np.arange(2 * len(mesh.nodes) // 3, len(mesh.nodes))


def synthetic_expression(mesh: RestMesh, strength: float = 1.0) -> Actuation:
    """Return a smile of four muscles that shorten and keep their volume.

    Args:
        mesh: made by `synthetic_head`.
        strength: a factor on the logarithm of the actuation.

    Returns:
        (tets, 3, 3) actuation, the identity in soft tissue.
    """
    centres = mesh.nodes[mesh.tets].mean(axis=1)
    logarithm = np.zeros((len(mesh.tets), 3, 3))
    for place, direction, reach_m, kept_length in _MUSCLES:
        along = np.array(direction) / np.linalg.norm(direction)
        fibre = np.outer(along, along)
        near = np.exp(-np.sum((centres - place) ** 2, axis=1) / reach_m**2) * (mesh.tissue == MUSCLE_TISSUE)
        shape = np.log(kept_length) * (1.5 * fibre - 0.5 * np.eye(3))
        logarithm += strength * near[:, None, None] * shape
    stretches, axes = np.linalg.eigh(logarithm)
    return (axes * np.exp(stretches)[:, None, :]) @ np.swapaxes(axes, 1, 2)


def sphere(frequency: int) -> tuple[Float[np.ndarray, "points 3"], Int[np.ndarray, "triangles 3"]]:
    """Return a unit icosahedron's faces cut into frequency^2 triangles each, pushed onto the sphere.

    Args:
        frequency: cuts of an icosahedron's edge.

    Returns:
        (points, 3) of unit length, and (triangles, 3) points.
    """
    golden = (1 + np.sqrt(5)) / 2
    corners = np.array([(0, s, t * golden) for s in (-1, 1) for t in (-1, 1)])
    corners = np.concatenate([np.roll(corners, shift, axis=1) for shift in range(3)])
    faces = ConvexHull(corners).simplices
    steps = [(i, j) for i in range(frequency + 1) for j in range(frequency + 1 - i)]
    index = {step: k for k, step in enumerate(steps)}
    up = [(index[i, j], index[i + 1, j], index[i, j + 1]) for i, j in steps if i + j < frequency]
    down = [
        (index[i + 1, j], index[i + 1, j + 1], index[i, j + 1]) for i, j in steps if i + j < frequency - 1
    ]
    fractions = np.array([(frequency - i - j, i, j) for i, j in steps]) / frequency
    points = np.concatenate([fractions @ corners[face] for face in faces])
    triangles = np.concatenate([np.array(up + down) + k * len(steps) for k in range(len(faces))])
    _, first, where = np.unique(np.round(points, 6), axis=0, return_index=True, return_inverse=True)
    points = points[first]
    return points / np.linalg.norm(points, axis=1, keepdims=True), where.ravel()[triangles]


def _prisms(triangles: np.ndarray, layer: int, count: int) -> np.ndarray:
    """Cut each prism into three tetrahedra; diagonals start at the smaller node inside, so that neighbours agree."""
    a, b, c = np.sort(triangles, axis=1).T + layer * count
    p, q, r = a + count, b + count, c + count
    return np.stack([(a, b, c, r), (a, b, q, r), (a, p, q, r)]).transpose(2, 0, 1).reshape(-1, 4)


def _positive(nodes: np.ndarray, tets: np.ndarray) -> np.ndarray:
    edges = nodes[tets[:, 1:]] - nodes[tets[:, :1]]
    negative = np.linalg.det(edges) < 0
    tets = tets.copy()
    tets[negative] = tets[negative][:, [0, 1, 3, 2]]
    return tets


def _bone(directions: np.ndarray) -> np.ndarray:
    """Return the bone of inner nodes: a mandible below in front, cheeks and mouth free, the rest cranium."""
    x, y, z = directions.T
    nose = (np.abs(x) < 0.25) & (y > 0)
    cheeks = (z > 0.3) & (np.abs(y) < 0.75) & ~nose
    mandible = (y < -0.35) & (z > -0.1)
    return np.where(mandible, MANDIBLE, np.where(cheeks, FREE, CRANIUM))
