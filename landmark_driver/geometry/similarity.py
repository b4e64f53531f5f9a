"""The rotation, scale and translation that best carry one set of points onto another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class Similarity:
    """x -> scale * rotation @ x + translation."""

    rotation: Float[np.ndarray, "3 3"]
    scale: float
    translation: Float[np.ndarray, "3"]

    def __call__(self, points: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 3"]:
        return self.scale * (points @ self.rotation.T) + self.translation


def fit_similarity(
    source: Float[np.ndarray, "points 3"],
    target: Float[np.ndarray, "points 3"],
    weights: Float[np.ndarray, "points"],
) -> Similarity:
    """Fit a similarity by weighted least squares of `similarity(source) - target` (Umeyama 1991, equations 40 to 43).

    Args:
        source: (N, 3) in any unit.
        target: (N, 3) in any unit.
        weights: (N,) weights of the squared errors, in any scale.

    Returns:
        The map from the unit and frame of `source` to those of `target`; never a reflection.
    """
    fraction = weights / weights.sum()
    source_mean, target_mean = fraction @ source, fraction @ target
    centred, centred_target = source - source_mean, target - target_mean
    u, singular, vt = np.linalg.svd((centred_target * fraction[:, None]).T @ centred)
    handed = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = (u * handed) @ vt
    scale = float(singular @ handed / (fraction @ (centred**2).sum(1)))
    return Similarity(rotation, scale, target_mean - scale * rotation @ source_mean)


def similarity_columns(points: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points 3 7"]:
    """Return the displacements by small similarities, to first order.

    Args:
        points: (N, 3) in any unit.

    Returns:
        (N, 3, 7) displacements per radian about x, y and z, per unit of shift along each, and by a doubling.
    """
    turns = [np.cross(axis, points) for axis in np.eye(3)]
    shifts = [np.broadcast_to(axis, points.shape) for axis in np.eye(3)]
    return np.stack([*turns, *shifts, points], 2)
