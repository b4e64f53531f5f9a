"""A clip taken through the live stages, with the face kept after every one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from capture.frames.landmark_frame import LandmarkFrame
from landmark_driver.character import Character
from landmark_driver.landmarks.perspective import face_in
from landmark_driver.live.drive_recording import find_neutral
from landmark_driver.live.face_driver import FaceDriver, TrackedFace

RAW, DRIVEN = "raw", "driven"
_STAGE_NAMES = {"calibration": "calibrated", "tracker response": "corrected", "smoothing": "filtered"}


@dataclass(frozen=True)
class ClipStages:
    """The tracked frames of one clip, after each stage."""

    frames: list[int]
    """Numbers of the tracked frames in the clip."""
    fps: float
    points: dict[str, Float[np.ndarray, "frames 478 3"]]
    """Metres, by stage: `raw` in the performer's face frame, all others in the head frame."""
    vertices: Float[np.ndarray, "frames vertices 3"]
    """Metres, head frame: the driven head."""
    weights: Float[np.ndarray, "frames 52"]
    turned_deg: float
    """The 90th percentile of the head's turn away from the camera."""


def clip_stages(
    frames: Sequence[LandmarkFrame],
    character: Character,
    neutral: str = "auto",
) -> ClipStages:
    """Take a clip through the live stages.

    Args:
        frames: the recording in order.
        character: the character that is driven.
        neutral: "auto", or the seconds of the start that are neutral.

    Returns:
        The tracked frames after each stage.

    Raises:
        SourceError: where no face is found.
    """
    driver = FaceDriver(character)
    driver.use_neutral(find_neutral(frames, neutral))
    driver.settle(frames)
    head = character.head
    kept: list[int] = []
    points: dict[str, list[np.ndarray]] = {}
    vertices, weights, turns = [], [], []
    for number, frame in enumerate(frames):
        landmarks = face_in(frame)
        if landmarks is not None:
            face = TrackedFace(landmarks, frame.capture_time_s)
            points.setdefault(RAW, []).append(landmarks.points)
            for name, stage in driver.stages:
                stage(face)
                if name in _STAGE_NAMES:
                    moved = head.neutral_landmarks + face.displacements
                    points.setdefault(_STAGE_NAMES[name], []).append(moved)
            driven = driver.driver(driver.given)
            points.setdefault(DRIVEN, []).append(head.embedding(driven.vertices.astype(float)))
            vertices.append(driven.vertices)
            weights.append(driven.weights)
            turns.append(np.rad2deg(np.arccos(np.clip(landmarks.T_camera_face[2, 2], -1, 1))))
            kept.append(number)
    times = [frame.capture_time_s for frame in frames]
    fps = (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 30.0
    return ClipStages(
        frames=kept,
        fps=fps,
        points={name: np.stack(rows) for name, rows in points.items()},
        vertices=np.stack(vertices),
        weights=np.stack(weights),
        turned_deg=float(np.percentile(turns, 90)),
    )
