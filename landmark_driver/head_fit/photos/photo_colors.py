"""The skin's colours from pictures, so that the person can be recognised."""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Float
from scipy.interpolate import RBFInterpolator

from landmark_driver.head_fit.photos.photo_landmarks import PhotoFace

_SURFACE_COUNT = 468
_SQUARE_ENOUGH = 0.2
"""Cosine to the line of sight below which a picture does not count at a vertex."""
_PRIOR_WEIGHT = 0.02
"""The weight of the median colour; it takes over where no picture looked."""


def photo_colors(
    photos: list[PhotoFace],
    landmarks: Float[np.ndarray, "478 3"],
    vertices: Float[np.ndarray, "vertices 3"],
    normals: Float[np.ndarray, "vertices 3"],
) -> Float[np.ndarray, "vertices 3"]:
    """Return the colours of a head's vertices, blended from pictures.

    Args:
        photos: the pictures with their landmarks.
        landmarks: (478, 3) of the same head, metres, head frame.
        vertices: (V, 3) metres, head frame.
        normals: (V, 3) unit normals.

    Returns:
        (V, 3) sRGB in 0..1.

    A picture counts by the squared excess over 0.2 of the cosine at which it saw a vertex. Where none saw it, the
    median colour stands.
    """
    total, weight = np.zeros((len(vertices), 3)), np.zeros(len(vertices))
    for photo in photos:
        pixels, facing = _projected(photo, landmarks[:_SURFACE_COUNT], vertices, normals)
        fraction = np.clip(facing - _SQUARE_ENOUGH, 0, None) ** 2
        fraction[~_inside(pixels, photo.image)] = 0.0
        total += fraction[:, None] * _sampled(photo.image, pixels)
        weight += fraction
    seen = weight > 0.3 * weight.max()
    default = np.median(total[seen] / weight[seen, None], axis=0)
    return (total + _PRIOR_WEIGHT * default) / (weight + _PRIOR_WEIGHT)[:, None]


def _projected(photo: PhotoFace, landmarks, vertices, normals) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels of the vertices, and the cosine between each normal and the line of sight.

    The camera is affine through the landmarks, bent so that every landmark meets its pixel.
    """
    pixels = photo.pixels[:_SURFACE_COUNT]
    homogeneous = np.concatenate([landmarks, np.ones((len(landmarks), 1))], 1)
    camera = np.linalg.lstsq(homogeneous, pixels, rcond=None)[0]
    rest = RBFInterpolator(
        landmarks, pixels - homogeneous @ camera, smoothing=1e-3, neighbors=40, kernel="linear"
    )
    places = vertices @ camera[:3] + camera[3] + rest(vertices)
    towards = np.cross(camera[:3, 0], -camera[:3, 1])  # picture axes: right, and up against the rows
    return places, normals @ (towards / np.linalg.norm(towards))


def _inside(pixels, image) -> np.ndarray:
    height, width = image.shape[:2]
    return ((pixels >= 0) & (pixels <= (width - 1, height - 1))).all(1)


def _sampled(image, pixels) -> Float[np.ndarray, "vertices 3"]:
    columns, rows = pixels.astype(np.float32).T
    # OpenCV's remap takes fewer than 32,768 columns: one row for each vertex.
    return cv2.remap(image, columns[:, None], rows[:, None], cv2.INTER_LINEAR)[:, 0] / 255.0
