"""The distance of a scan's face from the surface fitted to it."""

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
    """Return the triangles of the fine skin in the face: from the hairline to under the chin, forward of the ears.

    Args:
        skin: the template's skin.
        head: the default head, metres, head frame.
        embedding: the landmarks' places on it.

    Returns:
        (G,) True for fine triangles in the face.

    Bounds come from the 468 surface landmarks and the eyeballs: 2 cm above the highest landmark, 12 mm below the
    lowest, 3.5 cm behind the eyeballs' centres.
    """
    fine = skin.fine @ head.vertices[skin.rows]
    landmarks = embedding(head.vertices)[:468]
    middle = fine[skin.fine_faces].mean(1)
    inside = (middle[:, 1] > landmarks[:, 1].min() - _BELOW_CHIN_M) & (middle[:, 2] > -_BEHIND_M)
    return inside & (middle[:, 1] < landmarks[:, 1].max() + _ABOVE_M)


def face_distances(
    scan: Surface, fitted: Surface, region: Bool[np.ndarray, "fine_faces"]
) -> tuple[Float[np.ndarray, "vertices"], Bool[np.ndarray, "vertices"]]:
    """Return the distance of every scan vertex from the fitted surface, and the vertices that count.

    Args:
        scan: the scan's surface, metres.
        fitted: the fine skin on it, in the same frame.
        region: (G,) True for fine triangles in the face.

    Returns:
        (N,) metres, and (N,) True where the closest triangle lies in the face and the vertex can be seen from outside.

    A vertex closest to an edge of the skin, at lips and lids, does not count: no surface is there to compare with.
    """
    found = fitted.nearest(scan.vertices)
    counts = region[found.face] & ~fitted.at_border(found)
    return found.distance, counts & ~hidden_vertices(scan)


def in_mm(distances: Float[np.ndarray, "n"]) -> dict[str, float]:
    """Return mean, 95th percentile and maximum of distances, for the report.

    Args:
        distances: (N,) metres.

    Returns:
        `mean`, `p95` and `max` in millimetres, to four places.
    """
    mm = 1e3 * distances
    values = {"mean": mm.mean(), "p95": np.percentile(mm, 95), "max": mm.max()}
    return {name: round(float(value), 4) for name, value in values.items()}
