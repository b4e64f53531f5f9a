"""How many triangles of the upper lip cut through triangles of the lower one."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.head_model.face_regions import REGIONS, face_regions
from landmark_driver.head_model.identity_model import IdentityHead
from landmark_driver.simulation.triangle_intersections import intersecting_pairs


class LipPenetrations:
    """Counts crossing pairs of triangles; the lips are those of the default head, by vertex index."""

    def __init__(self, template: IdentityHead):
        labels = face_regions(template.vertices, template.topology.lip_loop)
        self._upper, self._lower = (self._faces(template, labels, lip) for lip in ("upper", "lower"))

    def __call__(self, vertices: Float[np.ndarray, "vertices 3"]) -> int:
        """Pairs of an upper and a lower lip triangle that intersect."""
        return len(intersecting_pairs(vertices, self._upper, self._lower))

    @staticmethod
    def _faces(template: IdentityHead, labels: np.ndarray, lip: str) -> Int[np.ndarray, "faces 3"]:
        wanted = [REGIONS.index(f"{lip}_lip_{side}") for side in ("left", "right")]
        faces = template.topology.faces_of("skin", "mouth_cavity")
        return faces[np.isin(labels[faces], wanted).all(1)].astype(np.int64)
