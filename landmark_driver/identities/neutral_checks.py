"""Checks of a neutral head before it is layered, with errors that name the fault."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.geometry.mesh_loops import boundary_loops
from landmark_driver.geometry.triangle_intersections import intersecting_pairs
from landmark_driver.head.identity_model import HeadModelError, HeadTopology, IdentityHead

MOST_CROSSING_FRACTION = 0.12
"""The fraction of skin triangles (ears apart) that may cross others. Random heads over the whole range of the
identity model reach 0.063, plausible ones 0.024: lids and nostrils overlap a little."""

_SMALLEST_AREA_M2 = 1e-12
_PROPORTIONS = (("wide", 0, (0.3, 1.4)), ("deep", 2, (0.4, 1.8)))
"""Name, axis, and bounds of the extent over the height; 300 random adults have 0.39 to 1.04 and 0.58 to 1.30."""


def neutral_from_mesh(
    vertices: Float[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"], topology: HeadTopology
) -> IdentityHead:
    """Return a mesh in template topology as an identity head.

    Args:
        vertices: (V, 3) metres, head frame, in the template's order.
        faces: (F, 3) the template's triangles, in any order and rotation.
        topology: the template's.

    Returns:
        The head, float64, without coefficients.

    Raises:
        HeadModelError: for any other mesh.
    """
    if len(vertices) != topology.vertex_count or not same_triangles(faces, topology.faces):
        raise HeadModelError(_what_differs(vertices, faces, topology))
    return IdentityHead(topology, np.asarray(vertices, float), np.zeros(0))


def check_neutral(head: IdentityHead, outside_ears: Int[np.ndarray, "faces 3"]) -> None:
    """Raise unless the head is finite, about as large and shaped as a head, and not folded over itself.

    Args:
        head: the neutral head, metres, head frame.
        outside_ears: (F, 3) the skin's triangles without the ears, whose folds do not matter to the layers.

    Raises:
        HeadModelError: with the number of faults and a remedy.
    """
    expected = (head.topology.vertex_count, 3)
    if head.vertices.shape != expected:
        raise HeadModelError(
            f"Expected {expected[0]} vertices in template topology, got an array of shape {head.vertices.shape}. "
            "Register the mesh to the template first (softdeca head fit)."
        )
    bad = int((~np.isfinite(head.vertices)).any(1).sum())
    if bad:
        raise HeadModelError(
            f"Expected finite coordinates, got NaN or infinity at {bad} of {len(head.vertices)} vertices. "
            "Repair the mesh or register the scan again."
        )
    height = float(np.ptp(head.vertices[:, 1]))
    if not 0.15 < height < 0.5:
        raise HeadModelError(
            f"Expected a head in metres, 0.15 to 0.5 m high from neck to vertex, got {height:.3g} m. "
            "Scale the mesh to metres."
        )
    for name, axis, (least, most) in _PROPORTIONS:
        ratio = float(np.ptp(head.vertices[:, axis])) / height
        if not least < ratio < most:
            raise HeadModelError(
                f"Expected a head {least:g} to {most:g} times as {name} as high, got {ratio:.2g}. "
                "Scale the mesh alike along all axes."
            )
    a, b, c = np.swapaxes(head.vertices[outside_ears], 0, 1)
    flat = int((np.linalg.norm(np.cross(b - a, c - a), axis=1) < _SMALLEST_AREA_M2).sum())
    if flat:
        raise HeadModelError(
            f"Expected skin triangles with an area, got {flat} that are degenerate. "
            "Repair the mesh or register the scan again."
        )
    crossing = intersecting_pairs(head.vertices, outside_ears, head.vertices, outside_ears)
    fraction = len(np.unique(crossing)) / len(outside_ears)
    if fraction > MOST_CROSSING_FRACTION:
        raise HeadModelError(
            f"Expected a neutral skin that does not pass through itself, got {100 * fraction:.0f} % of its triangles "
            "crossing others. Smooth or untangle the mesh, or register the scan again."
        )


def same_triangles(faces: Int[np.ndarray, "faces 3"], others: Int[np.ndarray, "others 3"]) -> bool:
    """Return whether two lists hold the same oriented triangles, in any order and rotation.

    Args:
        faces: (F, 3) vertex indices.
        others: (G, 3) vertex indices.

    Returns:
        True where they are the same.
    """
    if faces.shape != others.shape:
        return False
    return bool((_canonical(faces) == _canonical(others)).all())


def _canonical(faces: Int[np.ndarray, "faces 3"]) -> Int[np.ndarray, "faces 3"]:
    """Return the triangles with the smallest corner first, then sorted: equal for equal sets of oriented triangles."""
    turned = np.take_along_axis(faces, (faces.argmin(1)[:, None] + np.arange(3)) % 3, 1)
    return turned[np.lexsort(turned.T[::-1])]


def _what_differs(
    vertices: Float[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"], topology: HeadTopology
) -> str:
    """Return the error's text: holes are named as such, everything else is another topology."""
    advice = "Register the mesh to the template first (softdeca head fit)."
    if len(vertices) == topology.vertex_count and len(faces) < len(topology.faces):
        expected, found = (len(_loops(f)) for f in (topology.faces, faces))
        missing = len(topology.faces) - len(faces)
        return (
            f"Expected {len(topology.faces)} triangles of the template, got a mesh with holes: "
            f"{missing} triangles are missing and there are {found} open edge loops instead of {expected}. {advice}"
        )
    return (
        f"Expected the template's topology ({topology.vertex_count} vertices, {len(topology.faces)} triangles), "
        f"got {len(vertices)} vertices and {len(faces)} triangles that differ from it. {advice}"
    )


def _loops(faces: Int[np.ndarray, "faces 3"]) -> list[np.ndarray]:
    try:
        return boundary_loops(faces)
    except KeyError:
        return []
