"""The 52 ARKit expression weights: one canonical order, and the way into it from every dialect.

The canonical names are Apple's camelCase ones; the canonical order is that of Unreal's Live Link
packet. Weights run from 0 (at rest) to 1 (fully on). Left and right are the subject's own.
"""

from __future__ import annotations

import difflib

import numpy as np
from jaxtyping import Float

from capture.frames.capture_error import CaptureError

ARKIT_NAMES: tuple[str, ...] = tuple(
    """
    eyeBlinkLeft eyeLookDownLeft eyeLookInLeft eyeLookOutLeft eyeLookUpLeft eyeSquintLeft eyeWideLeft
    eyeBlinkRight eyeLookDownRight eyeLookInRight eyeLookOutRight eyeLookUpRight eyeSquintRight eyeWideRight
    jawForward jawLeft jawRight jawOpen
    mouthClose mouthFunnel mouthPucker mouthLeft mouthRight mouthSmileLeft mouthSmileRight
    mouthFrownLeft mouthFrownRight mouthDimpleLeft mouthDimpleRight mouthStretchLeft mouthStretchRight
    mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper mouthPressLeft mouthPressRight
    mouthLowerDownLeft mouthLowerDownRight mouthUpperUpLeft mouthUpperUpRight
    browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight
    cheekPuff cheekSquintLeft cheekSquintRight noseSneerLeft noseSneerRight tongueOut
    """.split()  # noqa: SIM905 (a table is read, a list of 52 lines is not)
)

ARKIT_INDEX: dict[str, int] = {name: index for index, name in enumerate(ARKIT_NAMES)}
"""Place of each canonical name in the canonical order."""

MEDIAPIPE_NAMES: tuple[str, ...] = ("_neutral", *sorted(set(ARKIT_NAMES) - {"tongueOut"}))
"""MediaPipe's 52 score categories in its own order; `tongueOut` is not among them."""


class UnknownExpressionError(CaptureError):
    """A name that belongs to no dialect of the ARKit expressions."""


def arkit_name(alias: str) -> str:
    """Return the canonical name of an expression written in any of the usual dialects.

    The case of the letters does not matter. The dialects are `mouthSmileLeft` (Apple), `MouthSmileLeft` (Unreal,
    VTube Studio), and `mouthSmile_L` (iFacialMocap, Face Cap; there `jawLeft`, `jawRight`, `mouthLeft` and
    `mouthRight` keep the word). `blendShape1.mouthSmile_L` (exports with a node's name in front) is read too, and
    so are VRM's `blinkLeft` or `Blink_L`, the only presets that mean one ARKit expression.

    Args:
        alias: the name in any of the dialects.

    Returns:
        One of `ARKIT_NAMES`.

    Raises:
        UnknownExpressionError: for any other name; the message gives the nearest one.
    """
    name = _BY_KEY.get(_key(alias))
    if name is None:
        near = difflib.get_close_matches(_key(alias), _BY_KEY, n=1, cutoff=0.0)
        raise UnknownExpressionError(
            f"Expected the name of an ARKit expression, got '{alias}'. Write '{_BY_KEY[near[0]]}' if that is meant."
        )
    return name


def arkit_weights_from_mediapipe(scores: Float[np.ndarray, "*batch 52"]) -> Float[np.ndarray, "*batch 52"]:
    """Return canonical weights from MediaPipe's scores.

    Args:
        scores: (..., 52) scores in 0..1, in `MEDIAPIPE_NAMES` order.

    Returns:
        (..., 52) ARKit weights in 0..1, of the scores' number type; `tongueOut` is 0.
    """
    return np.where(_SEEN_BY_MEDIAPIPE, scores[..., _MEDIAPIPE_SOURCE], 0).astype(scores.dtype)


def mirrored(weights: Float[np.ndarray, "*batch 52"]) -> Float[np.ndarray, "*batch 52"]:
    """Return the same expression as seen in a mirror: left and right weights change places.

    Args:
        weights: (..., 52) ARKit weights.

    Returns:
        (..., 52) ARKit weights.
    """
    return weights[..., MIRROR]


def _other_side(name: str) -> str:
    if "Left" in name:
        return name.replace("Left", "Right")
    return name.replace("Right", "Left")


MIRROR: np.ndarray = np.array([ARKIT_INDEX[_other_side(name)] for name in ARKIT_NAMES])
"""Permutation (52,) with `mirrored weights = weights[MIRROR]`; applied twice it changes nothing."""

_MEDIAPIPE_SOURCE = np.array(
    [MEDIAPIPE_NAMES.index(name) if name in MEDIAPIPE_NAMES else 0 for name in ARKIT_NAMES]
)
_SEEN_BY_MEDIAPIPE = np.array([name in MEDIAPIPE_NAMES for name in ARKIT_NAMES])


def _key(alias: str) -> str:
    """Return the rest of a name without prefix, case, underscores and the short form of the side."""
    word = alias.strip().rpartition(".")[2].lower()
    if word.endswith("_l"):
        word = word.removesuffix("_l") + "left"
    elif word.endswith("_r"):
        word = word.removesuffix("_r") + "right"
    return word.replace("_", "")


_BY_KEY = {_key(name): name for name in ARKIT_NAMES} | {
    "blinkleft": "eyeBlinkLeft",
    "blinkright": "eyeBlinkRight",
}
