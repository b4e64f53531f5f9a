"""MediaPipe's Face Landmarker as a function from one picture to the arrays of a `LandmarkFrame`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import mediapipe as mp
import numpy as np
from jaxtyping import Float, UInt8
from mediapipe.tasks.python import BaseOptions, vision

from capture.frames.arkit import MEDIAPIPE_NAMES, arkit_weights_from_mediapipe


@dataclass(frozen=True)
class TrackedFace:
    """The three arrays of a `LandmarkFrame`, in its units, float32."""

    landmarks: Float[np.ndarray, "478 3"]
    face_transform: Float[np.ndarray, "4 4"]
    blendshapes: Float[np.ndarray, "weights=52"]


class FaceTracker:
    """A tracker that follows one face from picture to picture, on the processor.

    In its video mode MediaPipe looks for the face near its last position and smooths the landmarks
    over time, so pictures must come in order; it refuses a repeated time stamp.

    Args:
        model: MediaPipe's face landmarker, a file.
    """

    def __init__(self, model: Path) -> None:
        options = vision.FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=model.read_bytes()),
            running_mode=vision.RunningMode.VIDEO,
            num_faces=1,
            output_face_blendshapes=True,
            output_facial_transformation_matrixes=True,
        )
        self._landmarker = vision.FaceLandmarker.create_from_options(options)
        self._last_ms = -1

    def track(self, picture: UInt8[np.ndarray, "height width 3"], time_s: float) -> TrackedFace | None:
        """Return the face in a picture.

        Args:
            picture: (height, width, 3) in 0..255, RGB.
            time_s: capture time, seconds; later than that of the picture before.

        Returns:
            The face's arrays; None where there is no face.

        MediaPipe counts whole milliseconds; pictures closer than one are set one apart.
        """
        self._last_ms = max(self._last_ms + 1, round(time_s * 1000))
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=picture)
        result = self._landmarker.detect_for_video(image, self._last_ms)
        if not result.face_landmarks:
            return None
        return TrackedFace(
            landmarks=np.array([(p.x, p.y, p.z) for p in result.face_landmarks[0]], np.float32),
            face_transform=np.asarray(result.facial_transformation_matrixes[0], np.float32),
            blendshapes=_weights(result.face_blendshapes[0]),
        )

    def close(self) -> None:
        """Free MediaPipe's model."""
        self._landmarker.close()


def _weights(categories: list) -> Float[np.ndarray, "weights=52"]:
    assert [c.category_name for c in categories[:2]] == list(MEDIAPIPE_NAMES[:2])
    return arkit_weights_from_mediapipe(np.array([c.score for c in categories], np.float32))
