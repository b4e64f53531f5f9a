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
"""MediaPipe's 52 score categories in its own order; it knows no `tongueOut`."""


class UnknownExpressionError(CaptureError):
    """A name that no dialect of the ARKit expressions knows."""


def arkit_name(alias: str) -> str:
    """The canonical name of an expression written in any of the usual dialects.

    Understood, whatever the case of the letters: `mouthSmileLeft` (Apple), `MouthSmileLeft`
    (Unreal, VTube Studio), `mouthSmile_L` (iFacialMocap, Face Cap; there `jawLeft`, `jawRight`,
    `mouthLeft` and `mouthRight` keep the word), `blendShape1.mouthSmile_L` (exports with a node's
    name in front) and VRM's `blinkLeft` or `Blink_L`, the only presets that mean one ARKit
    expression. Raises `UnknownExpressionError` for anything else.
    """
    name = _BY_KEY.get(_key(alias))
    if name is None:
        near = difflib.get_close_matches(_key(alias), _BY_KEY, n=1, cutoff=0.0)
        raise UnknownExpressionError(
            f"Expected the name of an ARKit expression, got '{alias}'. Write '{_BY_KEY[near[0]]}' if that is meant."
        )
    return name


def arkit_weights_from_mediapipe(scores: Float[np.ndarray, "*batch 52"]) -> Float[np.ndarray, "*batch 52"]:
    """Canonical weights from MediaPipe's scores, given in `MEDIAPIPE_NAMES` order; `tongueOut` is 0."""
    return np.where(_SEEN_BY_MEDIAPIPE, scores[..., _MEDIAPIPE_SOURCE], 0).astype(scores.dtype)


def mirrored(weights: Float[np.ndarray, "*batch 52"]) -> Float[np.ndarray, "*batch 52"]:
    """The same expression as seen in a mirror: left and right weights change places."""
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
    """What is left of a name once prefix, case, underscores and the short form of the side are gone."""
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
