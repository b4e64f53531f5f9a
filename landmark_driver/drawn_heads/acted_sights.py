"""What MediaPipe reports of drawn heads that act, beside what is true.

Random identities act single shapes, random mixtures and natural combinations before a camera that moves about. Every second
head is plain, the others have a random skin. Reports are calibrated as in live use. Sights are kept head by head, so that an
interrupted run goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Integer, UInt8

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.drawn_heads.acted_weights import random_weights
from landmark_driver.drawn_heads.rendered_head import PerformingHead, portrait_camera
from landmark_driver.drawn_heads.skin_look import random_look
from landmark_driver.head.identity_model import IdentityModel
from landmark_driver.hypernetwork.data.lip_surfaces import lip_separation
from landmark_driver.identities.build_character import character_from
from landmark_driver.landmarks.calibration import Calibration, rigidity_weights
from landmark_driver.landmarks.perspective import undo_perspective
from landmark_driver.rendering.seen_by_tracker import track_pictures

KINDS = ("single shape", "mixture", "natural combination")
_HOLD = 3
_FRONTAL = 0.3
"""The fraction of pictures from straight ahead."""
_YAW_DEG, _PITCH_DEG = 20.0, 10.0


@dataclass(frozen=True)
class Sights:
    """Reported and true displacements, calibrated, of some pictures."""

    reported: Float[np.ndarray, "samples 478 3"]
    """Metres from neutral, head frame, as the calibration gives them."""
    true: Float[np.ndarray, "samples 478 3"]
    """Metres from neutral, head frame."""
    kind: Integer[np.ndarray, "samples"]
    """Index into `KINDS`."""


def sights(
    seed: int,
    mixtures: int,
    natural: Float[np.ndarray, "frames 52"],
    identities: IdentityModel,
) -> Sights:
    """Return the sights of one random identity.

    Args:
        seed: draws the identity, its acting and the camera's views; odd ones have a random skin.
        mixtures: the number of random mixtures, besides every single shape but tongueOut.
        natural: (F, 52) ARKit weights in 0..1 to act as well.
        identities: the model that the identity is sampled from.

    Returns:
        Sights in the order of acting. A picture without a found face gives none.
    """
    rng = np.random.default_rng(seed)
    drawn = character_from(identities, identities.sample(rng), {"seed": seed}).head
    template = identities.template()
    head = PerformingHead(drawn, template, lip_separation(template))
    singles = np.eye(len(ARKIT_NAMES))[:-1] * rng.choice(
        [1.0, 0.75, 0.5], (len(ARKIT_NAMES) - 1, 1), p=(0.5, 0.25, 0.25)
    )
    mixed = [random_weights(rng, int(rng.integers(2, 7))) for _ in range(mixtures)]
    acted = np.concatenate([np.zeros((2, len(ARKIT_NAMES))), singles, np.reshape(mixed, (-1, 52)), natural])
    views = rng.uniform([-_YAW_DEG, -_PITCH_DEG], [_YAW_DEG, _PITCH_DEG], (len(acted), 2))
    views[rng.uniform(size=len(acted)) < _FRONTAL] = 0.0
    views[:2] = 0.0
    look = random_look(rng) if seed % 2 else None

    def pictures() -> Iterator[UInt8[np.ndarray, "height width 3"]]:
        for weights, view in zip(acted, views, strict=True):
            camera = portrait_camera(*view)
            yield head.picture(weights, camera) if look is None else head.looking(weights, camera, look, rng)

    frames = list(track_pictures(pictures(), hold=_HOLD))
    neutral = undo_perspective(frames[1]).points
    calibrate = Calibration(neutral, drawn.neutral_landmarks, rigidity_weights(drawn.landmark_expressions))
    kinds = np.repeat([0, 1, 2], [len(singles), mixtures, len(natural)])
    reported, true, kept = [], [], []
    for frame, weights, kind in zip(frames[2:], acted[2:], kinds, strict=True):
        if frame.landmarks is not None:
            reported.append(calibrate(undo_perspective(frame)).displacements)
            true.append(drawn.embedding(head.vertices(weights).astype(float)) - drawn.neutral_landmarks)
            kept.append(kind)
    return Sights(np.array(reported, np.float32), np.array(true, np.float32), np.array(kept))


def kept_sights(path: Path, make: Callable[[], Sights]) -> Sights:
    """Return sights from a file, which is made where there is none.

    Args:
        path: the file, .npz.
        make: makes the sights.

    Returns:
        The sights.
    """
    if not path.exists():
        made = make()
        part = path.with_suffix(".part.npz")
        np.savez_compressed(part, reported=made.reported, true=made.true, kind=made.kind)
        part.replace(path)
    with np.load(path) as data:
        return Sights(data["reported"], data["true"], data["kind"])
