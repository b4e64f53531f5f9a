"""Layouts of landmarks to evaluate: subsets of MediaPipe's points."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.landmarks.tracker_response import SURFACE_COUNT

_JAW = [127, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 356]
_BROWS = [70, 63, 105, 66, 107, 336, 296, 334, 293, 300]
_NOSE = [168, 197, 5, 4, 75, 97, 2, 326, 305]
_EYES = [33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380]
_MOUTH = [61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87]
MULTI_PIE_68 = (*_JAW, *_BROWS, *_NOSE, *_EYES, *_MOUTH)
"""MediaPipe's landmarks nearest to the 68 points of the Multi-PIE scheme, in its order."""
SPARSE_20 = (70, 105, 107, 336, 334, 300, 159, 145, 386, 374, 1, 61, 291, 0, 17, 13, 14, 152, 205, 425)
"""Brows, lids, nose, lips, chin and cheeks."""


def evaluation_layout(landmarks: int, embedding: LandmarkEmbedding) -> LandmarkEmbedding:
    """Return a layout of 20, 68 or, for 478, the 468 surface points of MediaPipe's: irises show eyes, not skin.

    Args:
        landmarks: 20, 68 or 478.
        embedding: MediaPipe's landmarks on the head.

    Returns:
        The layout.
    """
    chosen = {20: SPARSE_20, 68: MULTI_PIE_68, 478: range(SURFACE_COUNT)}[landmarks]
    return subset(embedding, np.array(chosen))


def subset(layout: LandmarkEmbedding, chosen: Int[np.ndarray, "chosen"]) -> LandmarkEmbedding:
    """Return some landmarks of a layout.

    Args:
        layout: the layout.
        chosen: (n,) indices of its landmarks.

    Returns:
        The layout of n landmarks, in the order of `chosen`.
    """
    return LandmarkEmbedding(layout.corners[chosen], layout.weights[chosen])
