"""The artwork's expressions, mended where they do not do what their ARKit names say.

All is decided on the template by its geometry: the rims of lips and lids, the width of the mouth, and distances.
Deformation transfer carries the result to every head.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import KDTree

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.head.eyeballs import fit_sphere
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.identities.lip_shapes import Shape, joined, narrowed, near_lips, parted, shut, turned
from landmark_driver.identities.slit_frame import SlitFrame, rise

_MIRROR = np.array([-1.0, 1, 1])
_CHEEK = (1.76, 0.16)
"""Where a cheek puffs most: from the middle, and above the slit, in half widths of the mouth."""
_CHEEK_SPREAD = (0.86, 1.02)
_CHEEK_BEHIND_M = (-0.085, -0.045)
_PUFF_M, _LIPS_PUFF_M, _LIPS_HEIGHT_M = 0.0115, 0.0035, 0.018
"""How far cheeks and lips swell, and the height above and below the slit over which lips do."""


@dataclass(frozen=True, eq=False)
class Face:
    """The template's mouth and left eye."""

    template: IdentityHead

    @cached_property
    def mouth(self) -> SlitFrame:
        return SlitFrame(self.template, self.template.topology.lip_loop, "mouth_cavity", 0.008, 0.030)

    @cached_property
    def lids(self) -> SlitFrame:
        return SlitFrame(self.template, self.template.topology.eye_loops[0], "eye_cavity_left", 0.004, 0.014)

    @cached_property
    def eye(self) -> Float[np.ndarray, "3"]:
        return fit_sphere(self.template.vertices[self.template.topology.vertices_of("eyeball_left")])[0]

    def left(self, fade_m: float) -> Float[np.ndarray, "vertices 1"]:
        """Return one on the left and zero on the right; together with its mirror image it is one.

        Args:
            fade_m: the distance from the middle plane on which it rises, metres.

        Returns:
            (V, 1) in 0..1.
        """
        return rise(self.template.vertices[:, :1], -fade_m, fade_m)


@dataclass(frozen=True)
class Mending:
    """How one expression is mended, and why."""

    change: Callable[[Face, Shape], Shape]
    """Takes the artwork of the left side, or of both."""
    reason: str
    """What the artwork does instead."""


def mended_targets(
    template: IdentityHead, artwork: Float[np.ndarray, "52 vertices 3"]
) -> Float[np.ndarray, "52 vertices 3"]:
    """Mend the expressions of `MENDED` and leave the others.

    Args:
        template: the neutral head that the expressions belong to, symmetric about x = 0.
        artwork: (52, V, 3) metres, head frame, canonical order.

    Returns:
        (52, V, 3) metres, head frame. What is mended is symmetric; left and right are each other's mirror image.
    """
    face, other = Face(template), _mirror_image(template)
    result = artwork.copy()
    for name, mending in MENDED.items():
        left, right = ARKIT_NAMES.index(name), ARKIT_NAMES.index(name.replace("Left", "Right"))
        both = (artwork[left] + artwork[right][other] * _MIRROR) / 2
        result[left] = mending.change(face, both)
        result[right] = result[left][other] * _MIRROR
    return result


def _mirror_image(template: IdentityHead) -> Int[np.ndarray, "vertices"]:
    return np.asarray(KDTree(template.vertices).query(template.vertices * _MIRROR)[1])


def _pucker(face: Face, shape: Shape) -> Shape:
    """Corners come in and forward, and the red turns out."""
    everted = turned(face.mouth, narrowed(face.mouth, shape, 0.60, 0.0045), -30, -24)
    return parted(face.mouth, joined(face.mouth, everted))


def _funnel(face: Face, shape: Shape) -> Shape:
    """A little wider, less turned out, and open to two arches; the upper lip rises with its arch."""
    everted = turned(face.mouth, narrowed(face.mouth, shape, 0.72, 0.005), -20, -14)
    everted[:, 1] += 0.002 * np.abs(face.mouth.side) * face.mouth.across(0.1, 0.9)
    return parted(face.mouth, everted, 0.013)


def _roll_upper(face: Face, shape: Shape) -> Shape:
    """The red turns in, and a part of the artwork takes the lip back."""
    return parted(face.mouth, turned(face.mouth, 0.25 * shape, 20, 0))


def _roll_lower(face: Face, shape: Shape) -> Shape:
    return parted(face.mouth, turned(face.mouth, 0.4 * shape, 0, 25))


def _press(face: Face, shape: Shape) -> Shape:
    """Both lips' red turns in on one side, and a part of the artwork tightens the corner."""
    pressed = turned(face.mouth, np.zeros_like(shape), 26, 24)
    return parted(face.mouth, 0.25 * shape + face.left(0.008) * pressed)


def _puff(face: Face, shape: Shape) -> Shape:
    """Without the artwork: a cheek swells as a bell curve does, away from the middle of the mouth's cavity."""
    across, height, ahead = face.mouth.from_middle.T
    from_cheek = (np.stack([across, height], 1) / face.mouth.half_width - _CHEEK) / _CHEEK_SPREAD
    cheek = np.exp(-(from_cheek**2).sum(1)) * rise(ahead, *_CHEEK_BEHIND_M) * face.mouth.tissue
    outwards = face.template.vertices - face.mouth.middle * [1, 1, 0] + [0, 0, -_CHEEK_BEHIND_M[1]]
    outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
    blown = _PUFF_M * cheek[:, None] * outwards
    lips = np.exp(-((height / _LIPS_HEIGHT_M) ** 2)) * face.mouth.across(0.2, 2.0) * near_lips(face.mouth)
    blown[:, 2] += _LIPS_PUFF_M * lips
    return parted(face.mouth, joined(face.mouth, narrowed(face.mouth, blown, 0.92, 0.0)))


def _shrug_upper(face: Face, shape: Shape) -> Shape:
    """The lower lip follows the upper one."""
    return parted(face.mouth, joined(face.mouth, shape, 0.7))


def _shrug_lower(face: Face, shape: Shape) -> Shape:
    """The lower lip lifts the upper one."""
    return parted(face.mouth, joined(face.mouth, shape, 0.3))


def _sneer(face: Face, shape: Shape) -> Shape:
    """Stronger below the brows, and there on its own side alone."""
    below_brows = 1 - rise(face.template.vertices[:, 1:2], -0.004, 0.010)
    stronger = shape * (1 + 0.8 * below_brows)
    return parted(face.mouth, stronger * (1 - below_brows * (1 - face.left(0.006))))


def _touching(face: Face, shape: Shape) -> Shape:
    """Closed where it is open: to part lips that cover each other would kink the corners."""
    return parted(face.mouth, shape, may_cover=True)


def _blink(face: Face, shape: Shape) -> Shape:
    return shut(face.lids, shape, face.eye)


MENDED: dict[str, Mending] = {
    "mouthPucker": Mending(_pucker, "the mouth narrows to 81 %, and lips do not turn out"),
    "mouthFunnel": Mending(_funnel, "the mouth narrows to 91 %, and opens in its middle alone"),
    "mouthRollUpper": Mending(_roll_upper, "the lip goes 9.6 mm back, into the teeth"),
    "mouthRollLower": Mending(_roll_lower, "lips part by 1.9 mm towards the corners"),
    "mouthPressLeft": Mending(_press, "the corner rises as in a smile, and lips stay as full as at rest"),
    "cheekPuff": Mending(_puff, "cheeks are lumpy, with an edge along the jaw"),
    "mouthShrugUpper": Mending(_shrug_upper, "lips part by 3.8 mm"),
    "mouthShrugLower": Mending(_shrug_lower, "the lower lip rises 4.9 mm through the upper one"),
    "noseSneerLeft": Mending(_sneer, "the nostril rises by 3.7 mm, and the other one sinks"),
    "eyeBlinkLeft": Mending(
        _blink, "the lid goes 3 to 6 mm past the lower one, with a step at the outer corner"
    ),
    "mouthSmileLeft": Mending(_touching, "lips part by 1.1 mm on the other side"),
    "mouthFrownLeft": Mending(_touching, "lips part by 0.9 mm"),
    "mouthDimpleLeft": Mending(_touching, "lips part by 1.1 mm"),
    "mouthStretchLeft": Mending(_touching, "lips part by 0.9 mm"),
    "mouthLeft": Mending(_touching, "lips part by 0.9 mm on the other side"),
}
"""Expressions that are mended, by name. A name with Left stands for both sides."""
