"""The effective actuation of a material: muscle strength, and soft tissue's own volume."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.simulation.energy.rest_mesh import SOFT_TISSUE, RestMesh, determinants
from landmark_driver.simulation.energy.simulation_error import ActuationError

Actuation = Float[np.ndarray, "tets 3 3"]

_SYMMETRIC = 1e-9


def checked_actuation(actuation: Actuation, count: int) -> Actuation:
    """Return the actuation itself if every tensor is finite, symmetric and positive definite.

    Args:
        actuation: (tets, 3, 3) without unit.
        count: the number of tetrahedra.

    Returns:
        (count, 3, 3) floats.

    Raises:
        ActuationError: for another shape, NaN, asymmetry above 1e-9, or stretches that are not positive.
    """
    actuation = np.asarray(actuation, dtype=float)
    if actuation.shape != (count, 3, 3):
        raise ActuationError(
            f"Expected actuation of shape ({count}, 3, 3), got {actuation.shape}. Give one for each tetrahedron."
        )
    if not np.isfinite(actuation).all():
        raise ActuationError("Expected finite actuation, got NaN or infinity. Check the expression weights.")
    if np.abs(actuation - np.swapaxes(actuation, 1, 2)).max() > _SYMMETRIC:
        raise ActuationError(
            "Expected symmetric actuation, got A different from its transpose. Take its symmetric part."
        )
    worst = np.flatnonzero(~_positive_definite(actuation))
    if len(worst):
        raise ActuationError(
            f"Expected positive stretches, got {len(worst)} tetrahedra without (first {worst[:5].tolist()}). "
            "Clamp them, for instance to 0.3 ... 3."
        )
    return actuation


def effective_actuation(mesh: RestMesh, materials: Materials, actuation: Actuation) -> Actuation:
    """Return v^(1/3) A^s: strength s acts in every tetrahedron, volume v in soft tissue.

    Strength multiplies the logarithm of A, so that 0 is rest, 1 the given actuation, and any strength keeps A
    positive definite.

    Args:
        mesh: gives the tissue of each tetrahedron.
        materials: give strength and volume.
        actuation: (tets, 3, 3), symmetric and positive definite.

    Returns:
        (tets, 3, 3); the given array itself where all strengths and volumes are 1.
    """
    spread = materials.per_tet(len(mesh.tets))
    result = _powers(actuation, np.asarray(spread.muscle_strength))
    volume = np.where(mesh.tissue == SOFT_TISSUE, spread.tissue_volume, 1.0)
    return result if np.all(volume == 1.0) else result * np.cbrt(volume)[:, None, None]


def part_of_actuation(actuation: Actuation, fraction: float) -> Actuation:
    """Return A^fraction: the same directions, a part of the stretch.

    Args:
        actuation: (tets, 3, 3), symmetric and positive definite.
        fraction: 0 for rest, 1 for all.

    Returns:
        (tets, 3, 3); the given array itself at fraction 1.
    """
    if fraction == 1.0:
        return actuation
    return _mapped(actuation, lambda stretches: stretches**fraction)


def _powers(actuation: Actuation, strength: Float[np.ndarray, "tets"]) -> Actuation:
    if np.all(strength == 1.0):
        return actuation
    result = np.array(actuation)
    result[strength == 0.0] = np.eye(3)
    partial = (strength != 0.0) & (strength != 1.0)
    result[partial] = _mapped(actuation[partial], lambda stretches: stretches ** strength[partial, None])
    return result


def _mapped(symmetric: Actuation, change) -> Actuation:
    stretches, directions = np.linalg.eigh(symmetric)
    return (directions * change(stretches)[:, None, :]) @ np.swapaxes(directions, 1, 2)


def _positive_definite(a: Actuation) -> Bool[np.ndarray, "tets"]:
    """Return a mask by Sylvester's criterion: leading minors are positive."""
    minor = a[:, 0, 0] * a[:, 1, 1] - a[:, 0, 1] * a[:, 1, 0]
    return (a[:, 0, 0] > 0) & (minor > 0) & (determinants(a) > 0)
