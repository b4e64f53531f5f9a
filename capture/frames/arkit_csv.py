"""Recordings of ARKit weights as Live Link Face writes them: one row a frame, columns found by name.

Columns differ in order and number between apps (52 weights, 61 with head and eyes, 51 without the
tongue), so nothing is read by position. A timecode `HH:MM:SS:FF.sss` counts frames of the app's time
base, 60 a second, with thousandths of a frame: rows of a 30 Hz recording are two frames apart.

HeadYaw, HeadPitch and HeadRoll are radians. Their signs follow the eyes' columns of the same files, where a
positive yaw looks to the subject's right and a positive pitch down; a positive roll tilts to the right.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from capture.frames.arkit import ARKIT_NAMES, UnknownExpressionError, arkit_name
from capture.frames.capture_error import CaptureError

TIMECODE_FPS = 60.0
_DAY_S = 86_400.0
_FEWEST_WEIGHTS = 10
_HEAD_TITLES = ("headyaw", "headpitch", "headroll")


class WeightsFileError(CaptureError):
    """A file that is no recording of ARKit weights."""


@dataclass(frozen=True)
class WeightsRecording:
    """ARKit weights in canonical order and their times from the first row on, seconds."""

    times_s: Float[np.ndarray, "frames"]
    weights: Float[np.ndarray, "frames 52"]
    head_angles_rad: Float[np.ndarray, "frames 3"] | None = None
    """Yaw, pitch and roll, radians; None where the recording has none of them."""


def read_weights_csv(path: Path, timecode_fps: float = TIMECODE_FPS) -> WeightsRecording:
    """Return the recording in a file.

    Args:
        path: the CSV file.
        timecode_fps: frames a second in which the timecodes count.

    Returns:
        (F, 52) ARKit weights, (F,) times in seconds from the first row on, and (F, 3) head angles in radians
        where the file has them. Shapes without a column are zero, and a recording may pass midnight.

    Raises:
        WeightsFileError: where the file cannot be read, or is no recording of ARKit weights.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise WeightsFileError(
            f"Expected a CSV of ARKit weights, got '{path}', which cannot be read ({error}). Choose another file."
        ) from error
    if len(rows) < 2:
        raise WeightsFileError(
            f"Expected a header and rows of ARKit weights, got {len(rows)} lines in '{path}'. Record the take again."
        )
    columns = _columns(rows[0])
    if len(columns) < _FEWEST_WEIGHTS:
        raise WeightsFileError(
            f"Expected columns named after ARKit's shapes, got {len(columns)} of them in '{path}'. "
            "Export the take as CSV from the recording app."
        )
    head_columns = _head_columns(rows[0])
    weights, angles = np.zeros((len(rows) - 1, len(ARKIT_NAMES))), np.zeros((len(rows) - 1, 3))
    times = np.empty(len(rows) - 1)
    for number, row in enumerate(rows[1:]):
        try:
            times[number] = seconds_of_timecode(row[0], timecode_fps)
            for column, shape in columns.items():
                weights[number, shape] = float(row[column])
            for column, axis in head_columns.items():
                angles[number, axis] = float(row[column])
        except (ValueError, IndexError) as error:
            raise WeightsFileError(
                f"Expected a timecode and numbers in line {number + 2} of '{path}', got others ({error}). "
                "Record the take again."
            ) from error
    _check_finite(path, weights, angles)
    times = np.where(times < times[0], times + _DAY_S, times)  # past midnight
    return WeightsRecording(times - times[0], weights, angles if head_columns else None)


def seconds_of_timecode(timecode: str, fps: float = TIMECODE_FPS) -> float:
    """Return the seconds since midnight of a timecode.

    Args:
        timecode: text of the form `HH:MM:SS:FF.sss`.
        fps: frames a second in which `FF.sss` counts.

    Returns:
        Seconds since midnight.

    Raises:
        ValueError: for text that is no timecode.
    """
    parts = timecode.split(":")
    if len(parts) != 4:
        raise ValueError(f"'{timecode}' is no timecode HH:MM:SS:FF.sss")
    hours, minutes, seconds, frames = (float(part) for part in parts)
    return 3600 * hours + 60 * minutes + seconds + frames / fps


def _check_finite(path: Path, weights: np.ndarray, angles: np.ndarray) -> None:
    bad = ~(np.isfinite(weights).all(1) & np.isfinite(angles).all(1))
    if bad.any():
        raise WeightsFileError(
            f"Expected numbers, got NaN or infinity in line {bad.argmax() + 2} of '{path}'. Record the take again."
        )


def _columns(header: list[str]) -> dict[int, int]:
    """Return column index to canonical shape index, for the columns that are ARKit shapes."""
    columns = {}
    for column, title in enumerate(header):
        try:
            columns[column] = ARKIT_NAMES.index(arkit_name(title.strip()))
        except UnknownExpressionError:
            continue
    return columns


def _head_columns(header: list[str]) -> dict[int, int]:
    """Return column index to 0 yaw, 1 pitch or 2 roll of the head, for the columns that are one."""
    titles = [title.strip().lower() for title in header]
    return {titles.index(name): axis for axis, name in enumerate(_HEAD_TITLES) if name in titles}
