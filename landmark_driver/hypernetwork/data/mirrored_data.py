"""Every training sample seen in a mirror: the same physics, a second head and tissue for nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import KDTree

from capture.frames.arkit import MIRROR
from landmark_driver.hypernetwork.data.training_data import TrainingData
from landmark_driver.tissue.tissue_parameters import LEARNED, REGIONS

_ACROSS = np.array([-1.0, 1.0, 1.0])
_LARGEST_M = 2e-4


def mirror_vertices(symmetric: Float[np.ndarray, "vertices 3"]) -> Int[np.ndarray, "vertices"]:
    """Return the vertex across from each vertex of a symmetric head.

    Args:
        symmetric: (V, 3) metres, head frame, symmetric in x within 0.2 mm.

    Returns:
        (V,) vertex indices.
    """
    distance, nearest = KDTree(symmetric).query(_ACROSS * symmetric)
    across = np.asarray(nearest)
    assert np.max(distance) < _LARGEST_M and (across[across] == np.arange(len(across))).all(), (
        "no symmetric head"
    )
    return across


def with_mirror_images(data: TrainingData, across: Int[np.ndarray, "vertices"]) -> TrainingData:
    """Return all samples, and the training samples once more, mirrored; mirrored heads keep their numbers.

    Args:
        data: the dataset.
        across: (V,) the vertex across from each vertex.

    Returns:
        The larger dataset; mirrored heads and samples follow all others.
    """
    chosen = data.of_split("training")
    heads, settings = len(data.neutral), int(data.setting.max()) + 1
    mirrored_m = data.neutral[:, across] * _ACROSS
    moved = data.displacement_mm[chosen][:, across] * _ACROSS.astype(np.float16)
    return replace(
        data,
        neutral=np.concatenate([data.neutral, mirrored_m]),
        head_numbers=np.tile(data.head_numbers, 2),
        head_unseen=np.tile(data.head_unseen, 2),
        head=np.concatenate([data.head, data.head[chosen] + heads]),
        setting=np.concatenate([data.setting, data.setting[chosen] + settings]),
        expression_unseen=np.concatenate([data.expression_unseen, data.expression_unseen[chosen]]),
        weights=np.concatenate([data.weights, data.weights[chosen][:, MIRROR]]),
        tissue_code=np.concatenate([data.tissue_code, mirrored_codes(data.tissue_code[chosen])]),
        displacement_mm=np.concatenate([data.displacement_mm, moved]),
    )


def mirror_images(
    rows: Float[np.ndarray, "some coordinates"], across: Int[np.ndarray, "vertices"]
) -> Float[np.ndarray, "some coordinates"]:
    """Return displacements as a mirror shows them.

    Args:
        rows: (n, 3 V) displacements in any unit, head frame: x, y and z of each vertex.
        across: (V,) the vertex across from each vertex.

    Returns:
        (n, 3 V) in the same unit.
    """
    return (rows.reshape(len(rows), -1, 3)[:, across] * _ACROSS.astype(rows.dtype)).reshape(rows.shape)


def mirrored_blendshapes(
    blendshapes: Float[np.ndarray, "heads 52 vertices 3"], across: Int[np.ndarray, "vertices"]
) -> Float[np.ndarray, "heads 52 vertices 3"]:
    """Return the blendshapes of mirrored heads.

    Args:
        blendshapes: (H, 52, V, 3) in any unit, head frame.
        across: (V,) the vertex across from each vertex.

    Returns:
        (H, 52, V, 3) in the same unit.
    """
    return blendshapes[:, MIRROR][:, :, across] * _ACROSS.astype(blendshapes.dtype)


def mirrored_codes(codes: Float[np.ndarray, "samples code"]) -> Float[np.ndarray, "samples code"]:
    """Return tissue codes with left and right exchanged and gravity mirrored.

    Args:
        codes: (N, C) codes of `TissueSetting.code`.

    Returns:
        (N, C) codes.
    """
    count = len(REGIONS) * len(LEARNED)
    table = codes[:, :count].reshape(len(codes), -1, 2, len(LEARNED))
    rest = codes[:, count:].copy()
    rest[:, 0] *= -1
    return np.concatenate([table[:, :, ::-1].reshape(len(codes), -1), rest], 1)
