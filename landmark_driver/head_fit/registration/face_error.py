"""How far a scan's face is from the surface fitted to it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.head_fit.attachment.outer_surface import hidden_vertices
from landmark_driver.head_fit.attachment.surface import Surface
from landmark_driver.head_fit.registration.template_skin import TemplateSkin

_BELOW_CHIN_M, _BEHIND_M, _ABOVE_M = 0.012, 0.035, 0.02


def face_region(
    skin: TemplateSkin, head: IdentityHead, embedding: LandmarkEmbedding
) -> Bool[np.ndarray, "fine_faces"]:
    """Triangles of the fine skin in the face: from the hairline to under the chin, forward of the ears.

    Bounds come from the 468 landmarks of the default head: 2 cm above the highest, 12 mm below the lowest,
    3.5 cm behind the eyeballs' centres.
    """
    fine = skin.fine @ head.vertices[skin.rows]
    landmarks = embedding(head.vertices)[:468]
    middle = fine[skin.fine_faces].mean(1)
    inside = (middle[:, 1] > landmarks[:, 1].min() - _BELOW_CHIN_M) & (middle[:, 2] > -_BEHIND_M)
    return inside & (middle[:, 1] < landmarks[:, 1].max() + _ABOVE_M)


def face_distances(
    scan: Surface, fitted: Surface, region: Bool[np.ndarray, "fine_faces"]
) -> tuple[Float[np.ndarray, "vertices"], Bool[np.ndarray, "vertices"]]:
    """Metres from every scan vertex to the fitted surface, and which vertices count.

    Those count whose closest triangle lies in the face and inside its edges (where the skin ends, at lips and
    lids, there is nothing to compare with), and which can be seen from outside.
    """
    found = fitted.nearest(scan.vertices)
    counts = region[found.face] & ~fitted.at_border(found)
    return found.distance, counts & ~hidden_vertices(scan)


def in_mm(distances: Float[np.ndarray, "n"]) -> dict[str, float]:
    """Mean, 95th percentile and maximum, for the report."""
    mm = 1e3 * distances
    values = {"mean": mm.mean(), "p95": np.percentile(mm, 95), "max": mm.max()}
    return {name: round(float(value), 4) for name, value in values.items()}
