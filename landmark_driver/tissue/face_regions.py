"""Regions of the face that can have materials of their own, one label for every wrap vertex."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int, UInt8
from scipy.spatial import KDTree

from landmark_driver.tissue.tissue_parameters import REGION_PAIRS

_SEEDS_MM = {
    "forehead": [(5, 45, 24), (20, 45, 20), (35, 48, 13), (50, 45, -5), (5, 65, 15), (25, 65, 8), (55, 25, -5)],
    "brow": [(5, 22, 28), (18, 19, 26), (30, 20, 24), (42, 18, 17), (52, 10, 8)],
    "lids": [(20, 4, 17), (30, 8, 20), (40, 6, 15), (47, 0, 8), (20, -7, 15), (30, -10, 16), (40, -8, 13)],
    "nose": [(0, 0, 25), (4, -10, 26), (0, -20, 33), (8, -25, 30), (0, -35, 44), (10, -38, 36), (0, -46, 40), (13, -45, 32)],
    "cheek": [
        (22, -22, 19), (35, -22, 15), (48, -18, 6), (58, -20, -10), (26, -38, 19), (40, -38, 13), (54, -38, -3),
        (33, -55, 16), (48, -55, 3), (60, -48, -20), (38, -70, 10), (52, -68, -8), (64, -40, -38), (66, -18, -30),
    ],
    "upper_lip": [(0, -54, 33), (8, -55, 32), (18, -58, 27), (0, -63, 37), (10, -65, 35), (20, -69, 26), (25, -73, 21)],
    "lower_lip": [(0, -80, 33), (10, -80, 31), (19, -79, 26), (25, -76, 20), (0, -86, 30), (12, -87, 27)],
    "chin": [(0, -95, 25), (0, -105, 25), (0, -114, 18), (14, -95, 22), (14, -106, 19), (22, -90, 18)],
    "jaw": [
        (32, -92, 8), (30, -104, 6), (42, -92, -8), (42, -100, -20), (52, -85, -25), (52, -92, -42), (60, -72, -40),
        (57, -82, -55), (66, -58, -55), (33, -80, 14),
    ],
    "neck": [(0, -119, 0), (18, -116, -5), (30, -110, -25), (0, -125, -28), (30, -120, -45), (45, -108, -60), (53, -95, -80),
             (50, -90, -105), (20, -95, -140), (0, -75, -143), (0, -145, -43), (45, -60, -130)],
    "scalp": [(66, 20, -25), (73, 20, -55), (73, -10, -75), (72, -25, -80), (60, -20, -130), (0, 90, -20), (40, 85, -20),
              (0, 115, -70), (60, 75, -60), (65, 55, -30), (0, 20, -178), (0, -25, -170), (70, 30, -110)],
}  # fmt: skip
"""Points on the left half of the default head; a vertex belongs to the region of the nearest."""


def face_regions(
    points: Float[np.ndarray, "wrap 3"], lip_loop: Int[np.ndarray, "lip_vertices"]
) -> UInt8[np.ndarray, "wrap"]:
    """Label every vertex of the default head's skin wrap with its region.

    Args:
        points: (W, 3) metres, head frame: the wrap of the default head.
        lip_loop: (L,) rows of `points` along the mouth.

    Returns:
        (W,) index into `REGIONS`: the region of the nearest seed. On the lips themselves the slit decides between
        upper and lower, not the nearest seed.
    """
    seeds = np.concatenate([1e-3 * np.array(_SEEDS_MM[name], float) for name in REGION_PAIRS])
    names = np.repeat(np.arange(len(REGION_PAIRS)), [len(_SEEDS_MM[name]) for name in REGION_PAIRS])
    mirrored = np.concatenate([np.abs(points[:, :1]), points[:, 1:]], 1)
    nearest = names[KDTree(seeds).query(mirrored)[1]]
    upper, lower = REGION_PAIRS.index("upper_lip"), REGION_PAIRS.index("lower_lip")
    on_lips = np.isin(nearest, [upper, lower])
    above = points[:, 1] > np.interp(np.abs(points[:, 0]), *_slit_height(points[lip_loop]))
    nearest = np.where(on_lips, np.where(above, upper, lower), nearest)
    return (2 * nearest + (points[:, 0] < 0)).astype(np.uint8)


def _slit_height(loop: Float[np.ndarray, "loop 3"]) -> tuple[np.ndarray, np.ndarray]:
    """Return distances from the middle, and the heights between the lips there."""
    across = np.abs(loop[:, 0])
    places = np.linspace(0, across.max(), 9)
    width = places[1]
    heights = []
    for place in places:
        near = loop[np.abs(across - place) < 0.7 * width, 1]
        heights.append((near.min() + near.max()) / 2)
    return places, np.array(heights)
