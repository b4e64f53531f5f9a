"""Irises to eyeball angles, weights and turned eyeballs, in all four directions."""

from __future__ import annotations

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.character import Character
from landmark_driver.head.eyes import NEUTRAL_GAZE, blendshape_vertices, eye_look_weights, turn_eyeballs
from landmark_driver.landmarks import gaze
from landmark_driver.landmarks.gaze import gaze_angles

IRIS = {"left": range(473, 478), "right": range(468, 473)}
LEFT, UP = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])

DIRECTIONS = [
    (LEFT, ("eyeLookOutLeft", "eyeLookInRight")),
    (-LEFT, ("eyeLookInLeft", "eyeLookOutRight")),
    (UP, ("eyeLookUpLeft", "eyeLookUpRight")),
    (-UP, ("eyeLookDownLeft", "eyeLookDownRight")),
]
"""Where the irises go, in the head frame, and the two shapes that says; left is the subject's."""


def looking(shift_m: np.ndarray) -> np.ndarray:
    """Landmark displacements of both irises."""
    displacements = np.zeros((478, 3))
    for side in IRIS.values():
        displacements[list(side)] = shift_m
    return displacements


def with_lids(points: np.ndarray, opening: float) -> np.ndarray:
    """The points with both eyes open by this share of their width."""
    moved = points.copy()
    for (upper, lower), (outer, inner) in gaze._LIDS.values():
        width = np.linalg.norm(points[outer] - points[inner])
        middle = (points[upper] + points[lower]) / 2
        moved[upper], moved[lower] = middle + opening * width / 2 * UP, middle - opening * width / 2 * UP
    return moved


@pytest.mark.parametrize(("direction", "names"), DIRECTIONS)
def test_the_eyes_look_where_the_irises_went(
    character: Character, direction: np.ndarray, names: tuple[str, str]
) -> None:
    angles = gaze_angles(
        with_lids(character.head.neutral_landmarks, 0.4), looking(0.003 * direction), NEUTRAL_GAZE
    )
    expected = np.arcsin(0.003 / 0.012) * np.array([direction[0], -direction[1]])
    np.testing.assert_allclose(angles, np.stack([expected, expected]), atol=1e-12)

    weights = eye_look_weights(angles, character.head.gaze_turns)
    assert {ARKIT_NAMES[index] for index in np.flatnonzero(weights)} == set(names)
    assert ((weights >= 0) & (weights <= 1)).all()

    vertices = character.neutral_vertices.astype(float)
    turn_eyeballs(vertices, character.head, angles)
    for rows in character.head.eye_vertices:
        front = rows[character.neutral_vertices[rows, 2].argmax()]
        assert (vertices[front] - character.neutral_vertices[front]) @ direction > 0.002


@pytest.mark.parametrize("side", ["left", "right"])
def test_each_eye_looks_for_itself(character: Character, side: str) -> None:
    displacements = np.zeros((478, 3))
    displacements[list(IRIS[side])] = 0.002 * LEFT
    angles = gaze_angles(with_lids(character.head.neutral_landmarks, 0.4), displacements, NEUTRAL_GAZE)
    row = ("left", "right").index(side)
    assert angles[row, 0] > 0.1
    assert not angles[1 - row].any() and not angles[row, 1]


def test_a_shift_of_the_whole_eye_is_no_gaze(character: Character) -> None:
    shifted = np.full((478, 3), 0.004)
    angles = gaze_angles(with_lids(character.head.neutral_landmarks, 0.4), shifted, NEUTRAL_GAZE)
    np.testing.assert_allclose(angles, 0, atol=1e-12)


def test_behind_closed_lids_the_eyes_stay_where_they_were(character: Character) -> None:
    before = np.array([[0.2, 0.1], [0.15, -0.1]])
    closed = with_lids(character.head.neutral_landmarks, 0.05)
    np.testing.assert_array_equal(gaze_angles(closed, looking(0.004 * LEFT), before), before)


def test_between_closed_and_open_the_irises_are_believed_by_degrees(character: Character) -> None:
    yaws = [
        gaze_angles(
            with_lids(character.head.neutral_landmarks, opening), looking(0.003 * LEFT), NEUTRAL_GAZE
        )[0, 0]
        for opening in (0.10, 0.12, 0.15, 0.18, 0.20, 0.5)
    ]
    assert yaws[0] == 0
    assert (np.diff(yaws[:5]) > 0).all()
    assert yaws[4] == pytest.approx(yaws[5])


def test_no_iris_leaves_the_eye(character: Character) -> None:
    """A shift beyond the eyeball's radius ends at the largest angle."""
    angles = gaze_angles(with_lids(character.head.neutral_landmarks, 0.4), looking(0.05 * LEFT), NEUTRAL_GAZE)
    np.testing.assert_allclose(angles[:, 0], np.arcsin(0.7))
    assert eye_look_weights(angles, character.head.gaze_turns).max() <= 1


def test_weights_turn_the_eyeballs_back_by_the_angles_they_came_from(character: Character) -> None:
    for yaw, pitch in ((0.2, 0.0), (-0.25, 0.0), (0.0, 0.15), (0.0, -0.15)):
        angles = np.array([[yaw, pitch], [yaw, pitch]])
        weights = eye_look_weights(angles, character.head.gaze_turns)
        assert weights.max() < 1
        by_weights = blendshape_vertices(character.head, weights)
        by_angles = character.neutral_vertices.astype(float)
        turn_eyeballs(by_angles, character.head, angles)
        rows = character.head.eye_vertices.ravel()
        assert np.linalg.norm(by_weights[rows] - by_angles[rows], axis=1).max() < 1e-3


def test_a_turned_eyeball_keeps_its_shape_and_its_place(character: Character) -> None:
    vertices = character.neutral_vertices.astype(float)
    angles = np.array([[0.3, -0.2], [-0.1, 0.4]])
    turn_eyeballs(vertices, character.head, angles)
    for rows, centre in zip(character.head.eye_vertices, character.head.eye_centres, strict=True):
        before = np.linalg.norm(character.neutral_vertices[rows] - centre, axis=1)
        np.testing.assert_allclose(np.linalg.norm(vertices[rows] - centre, axis=1), before, atol=1e-7)
    others = np.setdiff1d(np.arange(len(vertices)), character.head.eye_vertices)
    np.testing.assert_array_equal(vertices[others], character.neutral_vertices[others])
