"""The baseline driver."""

from __future__ import annotations

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.character import Character
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.drivers.linear_driver import LinearDriver
from landmark_driver.head.landmark_embedding import embed_points


@pytest.fixture
def driver(character: Character) -> LinearDriver:
    return LinearDriver(character.head, character.head.embedding)


def shape(character: Character, name: str) -> np.ndarray:
    return character.head.expressions[ARKIT_NAMES.index(name)].astype(float)


@pytest.mark.parametrize("name", ["jawOpen", "mouthSmileLeft", "browInnerUp", "eyeBlinkRight"])
def test_landmarks_of_an_expression_bring_the_expression_back(
    character: Character, driver: LinearDriver, name: str
) -> None:
    true = shape(character, name)
    moved = driver(DriverInput(character.head.embedding(true)))
    moves = np.linalg.norm(true, axis=1) > 5e-4
    error = np.linalg.norm(moved.vertices - character.neutral_vertices - true, axis=1)
    assert error[moves].mean() < 5e-4
    assert moved.weights[ARKIT_NAMES.index(name)] > 0.6


def test_the_neutral_face_stays_neutral_and_untouched(character: Character, driver: LinearDriver) -> None:
    before = character.neutral_vertices.copy()
    first = driver(DriverInput(np.zeros((478, 3))))
    np.testing.assert_allclose(first.vertices, before, atol=1e-8)
    assert not first.weights.any()
    first.vertices[:] += 1
    driver(DriverInput(character.head.embedding(shape(character, "jawOpen")), gaze=np.full((2, 2), 0.2)))
    np.testing.assert_array_equal(character.neutral_vertices, before)


def test_landmarks_that_are_lost_count_for_nothing(character: Character, driver: LinearDriver) -> None:
    smile = character.head.embedding(shape(character, "mouthSmileLeft"))
    seen = np.arange(478) % 3 > 0
    garbage = np.where(seen[:, None], smile, 0.1)
    masked = driver(DriverInput(garbage, seen)).vertices
    lost = driver(DriverInput(np.where(seen[:, None], smile, np.nan))).vertices
    np.testing.assert_array_equal(lost, masked)
    assert np.isfinite(masked).all()
    assert np.linalg.norm(masked - driver(DriverInput(smile)).vertices, axis=1).max() < 2e-3


def test_the_eyes_turn_with_the_gaze_and_the_lids_follow(character: Character, driver: LinearDriver) -> None:
    down = np.array([[0.0, 0.15], [0.0, 0.15]])
    moved = driver(DriverInput(np.zeros((478, 3)), gaze=down))
    vertices = moved.vertices
    for rows in character.head.eye_vertices:
        front = rows[character.neutral_vertices[rows, 2].argmax()]
        assert vertices[front, 1] < character.neutral_vertices[front, 1] - 0.001
    assert moved.weights[ARKIT_NAMES.index("eyeLookDownLeft")] > 0.5
    lid = shape(character, "eyeLookDownLeft")
    skin = np.unique(character.head.faces[character.head.face_part == 0])
    away = (vertices - character.neutral_vertices)[skin]
    assert (away * lid[skin]).sum() > 0


def test_any_layout_drives_the_same_head(character: Character) -> None:
    """Twenty points tell an open jaw nearly as well as all of them."""
    rows = [1, 6, 10, 152, 61, 291, 13, 14, 17, 0, 33, 263, 133, 362, 105, 334, 50, 280, 172, 397]
    points = character.head.neutral_landmarks[rows]
    few = LinearDriver(character.head, embed_points(points, character.neutral_vertices, character.faces))
    true = shape(character, "jawOpen")
    landmarks = character.head.embedding(true)[rows]
    moves = np.linalg.norm(true, axis=1) > 5e-4
    error = np.linalg.norm(few(DriverInput(landmarks)).vertices - character.neutral_vertices - true, axis=1)
    assert error[moves].mean() < 0.3 * np.linalg.norm(true, axis=1)[moves].mean()
