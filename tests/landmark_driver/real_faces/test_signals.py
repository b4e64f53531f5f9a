"""Signals of a face whose expression is known, and the measures of how they arrive."""

from __future__ import annotations

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.character import Character
from landmark_driver.real_faces.face_signals import face_signals, lid_openings
from landmark_driver.real_faces.rim_gaps import eye_slits, lip_slit
from landmark_driver.real_faces.signal_measures import (
    amplitude_ratio,
    closures,
    correlation,
    jitter_mm,
    lag_frames,
    least_gaps,
)


def moved(character: Character, **weights: float) -> np.ndarray:
    """Landmarks of a neutral frame and of one with the expression, (2, 478, 3) metres."""
    neutral = character.head.neutral_landmarks
    expressions = character.head.landmark_expressions
    change = sum(weight * expressions[ARKIT_NAMES.index(name)] for name, weight in weights.items())
    return np.stack([neutral, neutral + change])


@pytest.mark.parametrize(
    ("weights", "signal", "sign"),
    [
        ({"eyeBlinkLeft": 1.0}, "lid_left", -1),
        ({"eyeBlinkRight": 1.0}, "lid_right", -1),
        ({"eyeBlinkLeft": 1.0}, "wink", -1),
        ({"jawOpen": 1.0}, "jaw", 1),
        ({"jawOpen": 1.0}, "lip_gap", 1),
        ({"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0}, "mouth_width", 1),
        ({"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0}, "corner_up", 1),
        ({"mouthSmileLeft": 1.0}, "corner_asym", 1),
        ({"browInnerUp": 1.0}, "brows", 1),
        ({"browDownLeft": 1.0, "browDownRight": 1.0}, "brow_gap", -1),
        ({"mouthUpperUpLeft": 1.0, "mouthUpperUpRight": 1.0}, "upper_lip", 1),
        ({"noseSneerLeft": 1.0, "noseSneerRight": 1.0}, "nose_wing", 1),
        ({"cheekSquintLeft": 1.0, "cheekSquintRight": 1.0}, "cheek", 1),
    ],
)
def test_an_expression_moves_its_signal(character: Character, weights, signal: str, sign: int) -> None:
    before, after = face_signals(moved(character, **weights))[signal]
    assert sign * (after - before) > 0.002


def test_signals_do_not_depend_on_the_size_of_the_face(character: Character) -> None:
    points = moved(character, jawOpen=0.5, eyeBlinkLeft=0.7)
    larger = face_signals(1.3 * points)
    for name, signal in face_signals(points).items():
        assert larger[name] == pytest.approx(signal)


def test_a_wink_leaves_the_other_eye_open(character: Character) -> None:
    points = moved(character, eyeBlinkLeft=1.0)
    openings = lid_openings(points[[0, 0, 1]])
    assert openings["left"][2] < 0.2 and openings["right"][2] == pytest.approx(1.0, abs=0.01)


def test_rims_close_with_a_blink_and_part_with_the_jaw(character: Character) -> None:
    head = character.head
    blink = head.neutral_vertices + head.expressions[ARKIT_NAMES.index("eyeBlinkLeft")]
    for side, closes in (("left", True), ("right", False)):
        slit = eye_slits(head)[side]
        still = slit.gaps_mm(head.neutral_vertices).mean()
        assert 5 < still < 12
        assert slit.gaps_mm(blink).mean() < 0.5 if closes else slit.gaps_mm(blink).mean() > 0.95 * still
    jaw = head.neutral_vertices + head.expressions[ARKIT_NAMES.index("jawOpen")]
    lips = lip_slit(head)
    assert lips.gaps_mm(head.neutral_vertices).mean() < 3 < 10 < lips.gaps_mm(jaw).mean()


TIMES = np.arange(120) / 30


def test_a_late_and_smaller_signal_is_measured() -> None:
    reference = np.sin(2 * np.pi * 0.9 * TIMES)
    late = 0.6 * np.sin(2 * np.pi * 0.9 * (TIMES - 1.5 / 30))
    assert correlation(reference, reference) == pytest.approx(1)
    assert correlation(-reference, reference) == pytest.approx(-1)
    assert correlation(np.ones(120), reference) == 0
    assert amplitude_ratio(late, reference) == pytest.approx(0.6, rel=0.01)
    assert lag_frames(late, reference) == pytest.approx(1.5, abs=0.05)
    assert lag_frames(reference, late) == pytest.approx(-1.5, abs=0.05)


def test_closures_are_runs_that_go_far_down() -> None:
    opening = np.ones(20)
    opening[3:6] = [0.4, 0.2, 0.45]
    opening[10:12] = 0.4
    opening[18:] = 0.1
    assert closures(opening) == [(3, 6), (18, 20)]
    gap = np.full(20, 8.0)
    gap[8] = 0.5  # within three frames after the first run
    assert least_gaps(gap, [(3, 6), (18, 20)]) == [0.5, 8.0]


def test_jitter_is_taken_where_a_clip_is_calmest() -> None:
    rng = np.random.default_rng(0)
    points = np.zeros((90, 4, 3))
    points[:45] += 1e-3 * rng.normal(size=(45, 4, 3))
    assert jitter_mm(points, 30) == 0
    assert jitter_mm(points[:45], 30) > 1
