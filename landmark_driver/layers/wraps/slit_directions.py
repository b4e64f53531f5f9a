"""Directions of the inner nodes at the edges of the skin: at lips, lids and neck, normals give none."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.layers.wraps.wrap_template import WrapTemplate

_ARCH_DEPTH = 1.1
"""Inward directions at the lips meet this many mouth widths behind the corners: the shape of a dental arch."""

_LIPS_OPEN = 0.3
"""The parting of the slit's walls behind the lips, per unit of depth: upwards above it, downwards below."""

_LIDS_BACK = 0.8


def slit_vertices(template: WrapTemplate) -> Int[np.ndarray, "slit"]:
    """Return the wrap vertices whose inner nodes are held near a given position.

    Args:
        template: the wrap template.

    Returns:
        (N,) wrap vertices: lips, then left and right lids.
    """
    return np.concatenate([template.lip_loop, *template.eye_loops])


def slit_directions(
    template: WrapTemplate, points: Float[np.ndarray, "wrap 3"]
) -> Float[np.ndarray, "slit 3"]:
    """Return the inward directions of `slit_vertices`.

    Args:
        template: the wrap template.
        points: (W, 3) in any unit, head frame.

    Returns:
        (N, 3) unit vectors, head frame.

    At the lips they lead back along the dental arch, and sideways at the corners. They are the same for the
    upper and the lower lip at one point but for a slight parting, so that the slit's walls never cross. At
    the lids they lead back and outwards, around the eyeball.
    """
    directions = [_lip_directions(points[template.lip_loop])]
    directions += [_lid_directions(points[loop]) for loop in template.eye_loops]
    stacked = np.concatenate(directions)
    return stacked / np.linalg.norm(stacked, axis=1, keepdims=True)


def _lip_directions(loop: Float[np.ndarray, "loop 3"]) -> Float[np.ndarray, "loop 3"]:
    right, left = loop[:, 0].argmin(), loop[:, 0].argmax()
    width = loop[left, 0] - loop[right, 0]
    target = (loop[right] + loop[left]) / 2 - [0, 0, _ARCH_DEPTH * width]
    directions = (target - loop) * [1, 0, 1]
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    fraction = (loop[:, 0] - loop[right, 0]) / (loop[left, 0] - loop[right, 0])
    round_corner = np.clip(np.minimum(fraction, 1 - fraction) / 0.1, 0, 1)
    above = np.sign(loop[:, 1] - _height_between_lips(loop))
    directions[:, 1] += _LIPS_OPEN * round_corner * above
    directions[:, 0] += 0.8 * (1 - round_corner) * np.sign(loop[:, 0] - target[0])
    return directions


def _height_between_lips(loop: Float[np.ndarray, "loop 3"]) -> Float[np.ndarray, "loop"]:
    """Return the slit's own height at each vertex's position between the corners: the mean of both lips there."""
    right, left = int(loop[:, 0].argmin()), int(loop[:, 0].argmax())
    turned = np.roll(loop, -right, 0)
    end = (left - right) % len(loop)
    one, other = turned[: end + 1], np.concatenate([turned[end:], turned[:1]])[::-1]
    return np.mean([np.interp(loop[:, 0], side[:, 0], side[:, 1]) for side in (one, other)], 0)


def _lid_directions(loop: Float[np.ndarray, "loop 3"]) -> Float[np.ndarray, "loop 3"]:
    outwards = loop - loop.mean(0)
    outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
    return outwards - [0, 0, _LIDS_BACK]
