"""A scan put into metres and near the head frame, once its face is found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.geometry.similarity import Similarity
from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head_fit.placement.find_face import FoundFace
from landmark_driver.head_fit.scan_files.scan import CleanScan

UNITS = (1.0, 0.1, 0.01, 0.001)
_LIKELY = (0.72, 1.4)
"""Sizes of a face relative to the default adult's between which its unit is not doubted."""


@dataclass(frozen=True)
class PlacedScan:
    """A scan in metres, upright, with its face towards +z, near the head frame."""

    vertices: Float[np.ndarray, "clean 3"]
    faces: Int[np.ndarray, "clean_faces 3"]
    """Counter-clockwise seen from outside."""
    landmarks: Float[np.ndarray, "478 3"]
    trust: Float[np.ndarray, "478"]
    placing: Similarity
    """Scan unit and frame to here; its scale is the unit."""
    notes: tuple[str, ...] = ()


def unit_of(scale_to_template: float) -> tuple[float, bool]:
    """Return the metres in one unit of the scan.

    Args:
        scale_to_template: metres per scan unit that bring the face to the default adult's size.

    Returns:
        1, 0.1, 0.01 or 0.001 with True. With False `scale_to_template` itself, for a face that nobody has in any unit.
    """
    unit = min(UNITS, key=lambda unit: abs(np.log(scale_to_template / unit)))
    if _LIKELY[0] < unit / scale_to_template < _LIKELY[1]:
        return unit, True
    return scale_to_template, False


def place_scan(clean: CleanScan, face: FoundFace, template: Float[np.ndarray, "478 3"]) -> PlacedScan:
    """Return the clean scan in metres, with its face over the template's landmarks.

    Args:
        clean: the repaired scan, in its own unit and frame.
        face: the face found on it.
        template: (478, 3) landmarks of the default head, metres, head frame.

    Returns:
        The scan near the head frame. Triangles that face inwards are turned, and a note records it.
    """
    unit, known = unit_of(face.to_template.scale)
    turned = unit * face.points @ face.to_template.rotation.T
    shift = np.average(template - turned, axis=0, weights=face.trust)
    placing = Similarity(face.to_template.rotation, unit, shift)
    vertices, landmarks = placing(clean.vertices), placing(face.points)
    faces, notes = clean.faces, () if known else (f"no usual unit: scaled by {unit:.4g}",)
    if _faces_inwards(vertices, faces, landmarks[face.trust > 0]):
        faces, notes = np.ascontiguousarray(faces[:, ::-1]), (*notes, "triangles face inwards: turned")
    return PlacedScan(vertices, faces, landmarks, face.trust, placing, notes)


def _faces_inwards(vertices, faces, landmarks) -> bool:
    """Return whether the surface around most landmarks, which all face +z more or less, looks towards -z."""
    normals = vertex_normals(vertices, faces)
    nearest = [int(np.argmin(((vertices - point) ** 2).sum(1))) for point in landmarks[::4]]
    return bool(np.median(normals[nearest, 2]) < 0)
