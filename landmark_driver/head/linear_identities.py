"""An identity model as a head and directions from it, the form that least squares takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class LinearIdentities:
    """vertices(start + change) ≈ head + change @ directions."""

    start: Float[np.ndarray, "coefficients"]
    head: Float[np.ndarray, "vertices 3"]
    directions: Float[np.ndarray, "coefficients vertices 3"]
    """Metres for a change of one."""
    default: Float[np.ndarray, "coefficients"]
    """Coefficients of the default adult."""
    spread: Float[np.ndarray, "coefficients"]
    """Standard deviation of each coefficient over people."""
    lower: Float[np.ndarray, "coefficients"]
    upper: Float[np.ndarray, "coefficients"]


def linear_identities(
    vertices: Callable[[Float[np.ndarray, "coefficients"]], Float[np.ndarray, "vertices 3"]],
    start: Float[np.ndarray, "coefficients"],
) -> LinearIdentities:
    """Make a model of standard normal coefficients linear, by differences of one.

    Args:
        vertices: function from coefficients (C,) to vertices (V, 3), metres.
        start: (C,) coefficients at which the model is made linear.

    Returns:
        The linear model; coefficients stay within four standard deviations.
    """
    head = vertices(start)
    directions = np.stack([vertices(start + step) for step in np.eye(len(start))]) - head
    wide = np.full(len(start), 4.0)
    return LinearIdentities(start, head, directions, np.zeros(len(start)), np.ones(len(start)), -wide, wide)
