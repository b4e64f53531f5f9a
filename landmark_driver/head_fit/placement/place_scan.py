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
"""How much smaller or larger than the default adult a face may be before its unit is doubted."""


@dataclass(frozen=True)
class PlacedScan:
    """Metres, upright, face towards +z, near the head frame."""

    vertices: Float[np.ndarray, "clean 3"]
    faces: Int[np.ndarray, "clean_faces 3"]
    """Counter-clockwise seen from outside."""
    landmarks: Float[np.ndarray, "478 3"]
    trust: Float[np.ndarray, "478"]
    placing: Similarity
    """Scan unit and frame to here; its scale is the unit."""
    notes: tuple[str, ...] = ()


def unit_of(scale_to_template: float) -> tuple[float, bool]:
    """Metres in one unit of the scan, and whether it is one that people use.

    A face nobody has in any of the units is scaled to the default adult's size instead.
    """
    unit = min(UNITS, key=lambda unit: abs(np.log(scale_to_template / unit)))
    if _LIKELY[0] < unit / scale_to_template < _LIKELY[1]:
        return unit, True
    return scale_to_template, False


def place_scan(clean: CleanScan, face: FoundFace, template: Float[np.ndarray, "478 3"]) -> PlacedScan:
    """The clean scan with its face over the template's landmarks; triangles turned outwards if needed."""
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
    """Whether the surface around most landmarks, which all face +z more or less, looks towards -z."""
    normals = vertex_normals(vertices, faces)
    nearest = [int(np.argmin(((vertices - point) ** 2).sum(1))) for point in landmarks[::4]]
    return bool(np.median(normals[nearest, 2]) < 0)
