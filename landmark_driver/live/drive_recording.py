"""A recording driven offline: the data passes the same steps as live, as fast as it goes."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from capture.frames.arkit import ARKIT_NAMES
from capture.frames.capture_error import SourceError
from capture.frames.landmark_frame import LandmarkFrame
from capture.output_file import written_whole
from landmark_driver.character import Character
from landmark_driver.drivers.driver_names import DriverName
from landmark_driver.landmarks.calibration import neutral_points
from landmark_driver.landmarks.perspective import face_in
from landmark_driver.live.face_driver import DrivenFace, FaceDriver

_CALMEST_FRACTION = 0.1
_CALMEST_AT_LEAST = 5
_DEAD_SCORES = ("cheekPuff", "noseSneerLeft", "noseSneerRight", "eyeWideLeft", "eyeWideRight")
"""MediaPipe's scores for these carry next to no information."""


@dataclass(frozen=True)
class DrivenSummary:
    """How many frames were written, and how many of them show a tracked face."""

    frames: int
    tracked: int


def find_neutral(frames: Sequence[LandmarkFrame], neutral: str) -> Float[np.ndarray, "478 3"]:
    """Return the performer's neutral points: of the first seconds, or of the calmest frames for "auto".

    Calm are frames with the least sum of MediaPipe's expression scores, or, without scores, the frames
    nearest to the recording's median face: a tenth of all, and five at least.

    Args:
        frames: the recording in order.
        neutral: "auto", or the seconds of the start that are neutral.

    Returns:
        (478, 3) metres, MediaPipe's face frame.

    Raises:
        SourceError: where no face is found, and for a `neutral` of another form.
    """
    end_s = frames[0].capture_time_s + neutral_seconds(neutral) if frames else 0.0
    early = [frame for frame in frames if frame.capture_time_s <= end_s]
    faces = [(frame, face.points) for frame in early if (face := face_in(frame)) is not None]
    if not faces:
        where = "the recording" if neutral == "auto" else f"its first {neutral} s"
        raise SourceError(
            f"Expected a face in {where} to find its neutral, got none. Choose another recording."
        )
    seen, points = [frame for frame, _ in faces], [found for _, found in faces]
    if neutral != "auto":
        return neutral_points(points)
    effort = _effort(seen, points)
    count = max(_CALMEST_AT_LEAST, int(_CALMEST_FRACTION * len(seen)))
    return neutral_points([points[index] for index in np.argsort(effort, kind="stable")[:count]])


def drive_recording(
    frames: Sequence[LandmarkFrame],
    character: Character,
    neutral: Float[np.ndarray, "478 3"],
    driver: DriverName | None = None,
) -> Iterator[DrivenFace]:
    """Yield one driven face per frame, in order.

    Args:
        frames: the recording in order.
        character: the character that is driven.
        neutral: (478, 3) metres, MediaPipe's face frame: the performer's neutral.
        driver: which driver; None for `landmarks` where there are networks, else `linear`.

    Yields:
        The driven face of each frame.

    Raises:
        DriverError: for a driver that needs networks where there are none.
    """
    face_driver = FaceDriver(character, driver=driver)
    face_driver.use_neutral(neutral)
    face_driver.settle(frames)
    for frame in frames:
        yield face_driver(frame)


def write_npz(
    path: Path,
    faces: Iterator[DrivenFace],
    count: int,
    character: Character,
    progress: Callable[[int], None] = lambda done: None,
) -> DrivenSummary:
    """Write the arrays of a driven recording, vertices one frame at a time.

    The file appears under its name when it is complete; a failure leaves nothing.

    Args:
        path: of the .npz file.
        faces: driven faces in order, as many as `count`.
        count: the number of frames.
        character: the character that was driven.
        progress: called with the number of frames written so far.

    Returns:
        The number of frames, and how many of them show a tracked face.

    Raises:
        OutputError: where `path` cannot be written to.
    """
    times, poses, tracked, weights = [], [], [], []
    with written_whole(path) as unfinished:
        with zipfile.ZipFile(unfinished, "w") as archive:
            with archive.open("vertices.npy", "w", force_zip64=True) as file:
                shape = (count, *character.mesh.written(character.neutral_vertices).shape)
                np.lib.format.write_array_header_2_0(
                    file, {"descr": "<f4", "fortran_order": False, "shape": shape}
                )
                for done, face in enumerate(faces):
                    file.write(np.ascontiguousarray(character.mesh.written(face.vertices), "<f4").tobytes())
                    times.append(face.capture_time_s)
                    poses.append(face.T_world_head)
                    tracked.append(face.tracked)
                    weights.append(face.weights)
                    progress(done + 1)
            arrays = {
                "faces": character.mesh.written_faces.astype(np.int32),
                "timestamps_s": np.array(times, np.float64),
                "T_world_head": np.array(poses, np.float32).reshape(-1, 4, 4),
                "tracked": np.array(tracked, bool),
                "weights": np.array(weights, np.float32).reshape(-1, len(ARKIT_NAMES)),
                "weight_names": np.array(ARKIT_NAMES),
            }
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w") as file:
                    np.lib.format.write_array(file, array)
        assert len(times) == count, "as many faces as frames"
    return DrivenSummary(count, int(np.sum(tracked)))


def neutral_seconds(neutral: str) -> float:
    """Return how much of the start is neutral.

    Args:
        neutral: "auto", or a number of seconds.

    Returns:
        Seconds; infinity for "auto".

    Raises:
        SourceError: for anything else.
    """
    if neutral == "auto":
        return float("inf")
    try:
        seconds = float(neutral)
    except ValueError:
        seconds = -1.0
    if not seconds >= 0:
        raise SourceError(
            f"Expected --neutral auto or a number of seconds, got '{neutral}'. Try --neutral 1."
        )
    return seconds


def _effort(frames: Sequence[LandmarkFrame], points: list[np.ndarray]) -> Float[np.ndarray, "frames"]:
    if all(frame.blendshapes is not None for frame in frames):
        alive = np.array([name not in _DEAD_SCORES for name in ARKIT_NAMES])
        return np.array([np.asarray(frame.blendshapes)[alive].sum() for frame in frames])
    stack = np.stack(points)
    return np.linalg.norm(stack - np.median(stack, 0), axis=2).mean(1)
