"""What a clip's stages leave of each signal, and how the head's lids and lips close."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from landmark_driver.character import Character
from landmark_driver.real_faces.clip_stages import DRIVEN, RAW, ClipStages
from landmark_driver.real_faces.face_signals import face_signals, lid_openings
from landmark_driver.real_faces.rim_gaps import Slit, eye_slits, lip_slit
from landmark_driver.real_faces.signal_measures import (
    amplitude_ratio,
    closures,
    correlation,
    jitter_mm,
    lag_frames,
    least_gaps,
    share,
)

_CLOSED_MM, _OPEN_MM, _OPEN_FRACTION, _SHUT_LIPS = 1.0, 2.0, 0.4, 0.02
_SATURATED = 0.999
_GAP_PERCENT = (10, 50, 90)


@dataclass(frozen=True)
class SignalRow:
    """One signal of one clip after one stage, beside the person's own points."""

    clip: str
    stage: str
    signal: str
    correlation: float
    amplitude_ratio: float
    lag_frames: float


@dataclass(frozen=True)
class ClipRow:
    """What the driven head does in one clip."""

    clip: str
    frames: int
    fps: float
    turned_deg: float
    closures: int
    closures_below_1_mm: int
    open_eyes_above_2_mm: float
    """Fraction of the eyes that the performer has open."""
    shut_lips_frames: int
    shut_lips_gap_mm: tuple[float, float, float] | None
    """10th, 50th and 90th percentile; None where the performer's lips are never shut."""
    saturated_weights: float
    """Fraction of all weights of all frames that are at their upper bound."""
    lip_crossings: int
    """Frames in which the rims of the lips cross somewhere in their middle, on the surface that is shown."""
    lid_crossings: int
    """The same of the lids."""
    jitter_mm: float
    """Millimetres a frame² of the driven landmarks over the calmest second."""


def signal_rows(clip: str, stages: ClipStages) -> list[SignalRow]:
    """Return what each stage leaves of each signal.

    Args:
        clip: the clip's name.
        stages: the clip's frames after each stage.

    Returns:
        One row for each stage and signal, in the order of the stages.
    """
    reference = face_signals(stages.points[RAW])
    rows = []
    for stage, points in stages.points.items():
        for name, signal in face_signals(points).items():
            own = reference[name]
            measures = (correlation(signal, own), amplitude_ratio(signal, own), lag_frames(signal, own))
            rows.append(SignalRow(clip, stage, name, *(round(value, 3) for value in measures)))
    return rows


def clip_row(clip: str, stages: ClipStages, character: Character) -> ClipRow:
    """Return how the driven head's lids and lips close.

    Args:
        clip: the clip's name.
        stages: the clip's frames after each stage.
        character: the driven one, whose mesh is the head's own.

    Returns:
        The clip's row.
    """
    raw, head = stages.points[RAW], character.head
    shown = [character.mesh.display(vertices.astype(float)) for vertices in stages.vertices]
    least: list[float] = []
    open_eyes, lids_cross = [], np.zeros(len(raw), bool)
    openings = lid_openings(raw)
    for side, slit in eye_slits(head).items():
        gaps = np.stack([slit.gaps_mm(vertices) for vertices in stages.vertices])
        least += least_gaps(gaps.mean(1), closures(openings[side]))
        open_eyes.append(gaps.mean(1)[openings[side] > _OPEN_FRACTION] > _OPEN_MM)
        lids_cross |= _cross(slit, shown)
    lips = lip_slit(head)
    lip_gaps = np.stack([lips.gaps_mm(vertices) for vertices in stages.vertices])
    shut = face_signals(raw)["lip_gap"] < _SHUT_LIPS
    percentiles = np.percentile(lip_gaps.mean(1)[shut], _GAP_PERCENT).round(2) if shut.any() else None
    return ClipRow(
        clip=clip,
        frames=len(raw),
        fps=round(stages.fps, 2),
        turned_deg=round(stages.turned_deg, 1),
        closures=len(least),
        closures_below_1_mm=sum(gap < _CLOSED_MM for gap in least),
        open_eyes_above_2_mm=round(share(np.concatenate(open_eyes)), 4),
        shut_lips_frames=int(shut.sum()),
        shut_lips_gap_mm=None if percentiles is None else tuple(percentiles.tolist()),
        saturated_weights=round(float((stages.weights >= _SATURATED).mean()), 4),
        lip_crossings=int(_cross(lips, shown).sum()),
        lid_crossings=int(lids_cross.sum()),
        jitter_mm=round(jitter_mm(stages.points[DRIVEN], stages.fps), 4),
    )


def _cross(slit: Slit, shown: list[np.ndarray]) -> Bool[np.ndarray, "frames"]:
    """Return the frames in which rims cross. The shown mesh begins with the head's vertices, moved by the subdivision."""
    return np.array([slit.gaps_mm(vertices).min() < 0 for vertices in shown])
