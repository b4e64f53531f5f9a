"""The take that ships: a head of the identity model performs, MediaPipe tracks it, the landmarks are kept.

    python -m landmark_driver.drawn_heads.make_demo_take

writes capture/assets/demo.mcap in about three minutes. The performer is another identity than the
default head, so that the demo shows a performer and a character with different faces.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import tyro
from jaxtyping import Float

from capture.frames.arkit import ARKIT_NAMES
from capture.sources.live_source import DEMO_TAKE
from capture.takes.take import TakeWriter
from landmark_driver.drawn_heads.rendered_head import PerformingHead, portrait_camera
from landmark_driver.identities.build_character import character_from
from landmark_driver.identities.load_identities import DEFAULT_IDENTITIES, load_identities
from landmark_driver.rendering.seen_by_tracker import track_pictures

PERFORMER_SEED = 42
_FPS = 30.0
_SECONDS = 16.0


@dataclass(frozen=True)
class MakeDemoTake:
    """The family of the performer."""

    identities: str = DEFAULT_IDENTITIES
    """The identity model, as of `softdeca simulate --identities`."""


def _both(**weights: float) -> dict[str, float]:
    """Return the same weights for the left and the right side."""
    return {f"{name}{side}": weight for name, weight in weights.items() for side in ("Left", "Right")}


_SCRIPT: tuple[tuple[float, float, dict[str, float]], ...] = (
    (1.3, 2.6, _both(mouthSmile=0.9, cheekSquint=0.5)),
    (2.8, 3.9, {"browInnerUp": 0.9} | _both(browOuterUp=0.8, eyeWide=0.6)),
    (3.9, 5.0, {"jawOpen": 0.75, "mouthFunnel": 0.3}),
    (5.0, 6.1, {"mouthPucker": 1.0}),
    (6.2, 7.2, _both(browDown=0.9, noseSneer=0.6, mouthFrown=0.5)),
    (7.3, 8.3, {"jawLeft": 0.8, "mouthLeft": 0.4}),
    (8.3, 9.3, {"jawRight": 0.8, "mouthRight": 0.4}),
    (9.4, 10.3, {"eyeBlinkLeft": 1.0, "cheekSquintLeft": 0.6, "mouthSmileLeft": 0.5}),
    (10.4, 11.2, {"eyeLookOutLeft": 0.9, "eyeLookInRight": 0.9}),
    (11.2, 12.0, {"eyeLookInLeft": 0.9, "eyeLookOutRight": 0.9}),
    (12.1, 12.8, {"jawOpen": 0.3} | _both(mouthStretch=0.4)),
    (12.6, 13.2, {"jawOpen": 0.15, "mouthFunnel": 0.6}),
    (13.0, 13.6, {"jawOpen": 0.4} | _both(mouthLowerDown=0.5)),
    (13.5, 15.2, {"jawOpen": 0.35} | _both(mouthSmile=0.9, mouthUpperUp=0.5)),
)
"""Start and end in seconds, and the ARKit weights between them; each action swells and fades."""
_BLINKS_S = (0.7, 2.0, 3.95, 6.15, 8.3, 11.2, 12.9, 15.0)
_BLINK_S = 0.28


def weights_at(time_s: float) -> Float[np.ndarray, "52"]:
    """Return the performer's weights at a moment of the take.

    Args:
        time_s: seconds from the start.

    Returns:
        (52,) ARKit weights in 0..1, blinks included.
    """
    weights = np.zeros(len(ARKIT_NAMES))
    for start_s, end_s, action in _SCRIPT:
        strength = _swell((time_s - start_s) / (end_s - start_s))
        for name, weight in action.items():
            weights[ARKIT_NAMES.index(name)] += strength * weight
    for blink_s in _BLINKS_S:
        strength = _swell((time_s - blink_s) / _BLINK_S)
        for name in ("eyeBlinkLeft", "eyeBlinkRight"):
            weights[ARKIT_NAMES.index(name)] += strength
    return np.clip(weights, 0, 1)


def view_at(time_s: float) -> tuple[float, float]:
    """Return the camera's direction: still while the neutral is taken, then a slow sway.

    Args:
        time_s: seconds from the start.

    Returns:
        Yaw and pitch in degrees, at most 11 and 5.
    """
    fade = np.clip((time_s - 1.2) / 1.5, 0, 1) * np.clip((_SECONDS - time_s) / 1.0, 0, 1)
    return float(fade * 11 * np.sin(0.9 * time_s)), float(fade * 5 * np.sin(0.62 * time_s + 1.0))


def pictures(head: PerformingHead) -> Iterator[np.ndarray]:
    """Draw the take picture by picture.

    Args:
        head: the performer.

    Returns:
        480 RGB pictures in 0..255, each (480, 640, 3), 30 a second.
    """
    for index in range(round(_SECONDS * _FPS)):
        time_s = index / _FPS
        yield head.picture(weights_at(time_s), portrait_camera(*view_at(time_s)))


def _swell(phase: float) -> float:
    """Return 0 outside 0..1, a smooth rise and fall inside, with a plateau in the middle."""
    ramp = np.clip(min(phase, 1 - phase) / 0.3, 0, 1)
    return float(ramp * ramp * (3 - 2 * ramp))


def main() -> None:
    identities = load_identities(tyro.cli(MakeDemoTake).identities)
    performer = identities.sample(np.random.default_rng(PERFORMER_SEED), spread=0.7)
    head = PerformingHead(
        character_from(identities, performer, {"seed": PERFORMER_SEED}).head, identities.template()
    )
    DEMO_TAKE.parent.mkdir(exist_ok=True)
    DEMO_TAKE.unlink(missing_ok=True)
    with TakeWriter(DEMO_TAKE, source=f"performing head, seed {PERFORMER_SEED}") as take:
        for frame in track_pictures(pictures(head)):
            take.add(frame)


if __name__ == "__main__":
    main()
