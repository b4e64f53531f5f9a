"""The evaluation of videos of real faces: what each stage leaves of the signals that the tracker saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from capture.frames.capture_error import SourceError
from capture.frames.landmark_frame import LandmarkFrame
from capture.output_file import written_whole
from capture.sources.video_source import track_video
from landmark_driver.character import Character
from landmark_driver.real_faces.clip_stages import RAW, ClipStages, clip_stages
from landmark_driver.real_faces.face_signals import face_signals
from landmark_driver.real_faces.film_strip import film_strip, strip_frames
from landmark_driver.real_faces.measure_clip import ClipRow, SignalRow, clip_row, signal_rows

VIDEO_SUFFIXES = (".mp4", ".mov", ".webm", ".avi", ".mkv", ".m4v")
_STRIP_COLUMNS = 10
_ALL = "median"


@dataclass(frozen=True)
class ClipsEvaluation:
    """The rows of all clips, and their medians under the clip name `median`."""

    signals: list[SignalRow]
    clips: list[ClipRow]


def evaluate_clips(
    folder: Path,
    character: Character,
    strips: Path | None = None,
    neutral: str = "auto",
    progress: Callable[[str], None] = lambda line: None,
) -> ClipsEvaluation:
    """Measure on every video of a folder.

    Args:
        folder: with videos of one face each.
        character: the character that they drive.
        strips: a folder for a film strip (PNG) of each clip; None for none.
        neutral: "auto", or the seconds of each clip's start that are neutral.
        progress: called with a line for each clip.

    Returns:
        Rows for each clip, stage and signal, and for each clip.

    Raises:
        SourceError: for a folder without videos, and for a video without a face.
    """
    paths = videos_in(folder)
    if strips is not None:
        strips.mkdir(parents=True, exist_ok=True)
    signals: list[SignalRow] = []
    clips: list[ClipRow] = []
    for number, path in enumerate(paths):
        progress(f"{path.name} ({number + 1} of {len(paths)})")
        with track_video(path) as video:
            frames = list(video)
        stages = clip_stages(frames, character, neutral)
        signals += signal_rows(path.stem, stages)
        clips.append(clip_row(path.stem, stages, character))
        if strips is not None:
            _write_strip(strips / f"{path.stem}.png", path, frames, stages, character)
    return ClipsEvaluation(signals + medians(signals), clips)


def videos_in(folder: Path) -> list[Path]:
    """Return the videos of a folder, by name.

    Args:
        folder: to look in; folders in it are left out.

    Returns:
        At least one path.

    Raises:
        SourceError: where there is no such folder, or no video in it.
    """
    if not folder.is_dir():
        raise SourceError(f"Expected a folder of videos, got '{folder}'. Name a folder that exists.")
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES)
    if not found:
        kinds = " ".join(VIDEO_SUFFIXES)
        raise SourceError(f"Expected videos ({kinds}) in '{folder}', got none. Choose another folder.")
    return found


def medians(rows: list[SignalRow]) -> list[SignalRow]:
    """Return the median over all clips of each stage and signal.

    Args:
        rows: of one clip or more.

    Returns:
        One row for each stage and signal, in the order of `rows`, under the clip name `median`.
    """
    groups: dict[tuple[str, str], list[SignalRow]] = {}
    for row in rows:
        groups.setdefault((row.stage, row.signal), []).append(row)
    return [
        SignalRow(
            _ALL,
            stage,
            signal,
            round(float(np.median([row.correlation for row in group])), 3),
            round(float(np.median([row.amplitude_ratio for row in group])), 3),
            round(float(np.median([row.lag_frames for row in group])), 3),
        )
        for (stage, signal), group in groups.items()
    ]


def signal_table(evaluation: ClipsEvaluation) -> list[dict[str, str]]:
    """Return the rows of a table for people: correlation and amplitude ratio of each signal, by clip and stage.

    Args:
        evaluation: of one clip or more.

    Returns:
        A cell by column for each clip and stage; a cell is
        "correlation; ratio". The raw stage is the reference and is left out.
    """
    table: dict[tuple[str, str], dict[str, str]] = {}
    for row in evaluation.signals:
        if row.stage != RAW:
            cells = table.setdefault((row.clip, row.stage), {"clip": row.clip, "stage": row.stage})
            cells[row.signal] = f"{row.correlation:.2f}; {row.amplitude_ratio:.2f}"
    return list(table.values())


def _write_strip(
    out: Path, path: Path, frames: list[LandmarkFrame], stages: ClipStages, character: Character
) -> None:
    chosen = strip_frames(face_signals(stages.points[RAW]), _STRIP_COLUMNS)
    shown = [frames[stages.frames[row]] for row in chosen]
    strip = film_strip(path, shown, stages.vertices[chosen], character)
    with written_whole(out) as part:
        part.write_bytes(cv2.imencode(".png", cv2.cvtColor(strip, cv2.COLOR_RGB2BGR))[1].tobytes())
