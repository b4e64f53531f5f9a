"""A whole head around a registered skin: cavities follow it, teeth, tongue and eyeballs go along rigidly."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse.linalg import splu

from landmark_driver.geometry.surface_gradient import surface_gradient
from landmark_driver.head.eyeballs import fit_sphere
from landmark_driver.head.identity_model import HeadTopology

_CAVITIES = ("mouth_cavity", "eye_cavity_left", "eye_cavity_right")
_LID_CLEARANCE_M = 0.0003


def complete_head(
    topology: HeadTopology,
    guess: Float[np.ndarray, "vertices 3"],
    skin_rows: Int[np.ndarray, "skin"],
    skin: Float[np.ndarray, "skin 3"],
) -> Float[np.ndarray, "vertices 3"]:
    """Return a whole head around a registered skin.

    Args:
        topology: the head's.
        guess: (V, 3) the identity fit, metres, in the skin's frame; the other parts keep its shape.
        skin_rows: (S,) the skin's vertices in the head.
        skin: (S, 3) the registered skin, metres.

    Returns:
        (V, 3) metres, in the skin's frame.

    Cavities take a harmonic continuation of the skin's displacement. Teeth and tongue shift with the lips,
    eyeballs with their lids. Eyeballs then go back by at most 6 mm, so far that 95 % of their lids' vertices lie 0.3 mm
    outside them.
    """
    result = guess.copy()
    result[skin_rows] = skin
    moved = result - guess
    _continue_into_cavities(topology, guess, skin_rows, moved)
    lips = moved[topology.lip_loop].mean(0)
    for part in ("tongue", "teeth_upper", "teeth_lower"):
        moved[topology.vertices_of(part)] = lips
    result = guess + moved
    for side, loop in zip(("left", "right"), topology.eye_loops, strict=True):
        ball = topology.vertices_of(f"eyeball_{side}")
        result[ball] = guess[ball] + moved[loop].mean(0)
        result[ball] += _clearance_shift(result[ball], result[loop])
    return result


def _continue_into_cavities(topology: HeadTopology, guess, skin_rows, moved) -> None:
    faces = topology.faces_of(*_CAVITIES)
    gradient, areas = surface_gradient(guess, faces)
    rows = np.unique(faces)
    free = np.setdiff1d(rows, skin_rows)
    fixed = np.setdiff1d(rows, free)
    weighted = gradient.multiply(np.repeat(areas, 3)[:, None])
    laplacian = (gradient.T @ weighted).tocsr()[free]
    right = -(laplacian[:, fixed] @ moved[fixed])
    moved[free] = splu(laplacian[:, free].tocsc()).solve(right)


def _clearance_shift(ball, lids) -> Float[np.ndarray, "3"]:
    """Return the shift of an eyeball backwards that leaves its lids outside it."""
    centre, radius = fit_sphere(ball)
    outward = lids.mean(0) - centre
    outward /= np.linalg.norm(outward)
    depth = radius + _LID_CLEARANCE_M - np.linalg.norm(lids - centre, axis=1)
    along = (lids - centre) @ outward
    across = np.linalg.norm((lids - centre) - along[:, None] * outward, axis=1)
    needed = np.sqrt(np.maximum((radius + _LID_CLEARANCE_M) ** 2 - across**2, 0)) - along
    return -outward * float(np.clip(np.percentile(np.where(depth > 0, needed, 0), 95), 0, 0.006))
