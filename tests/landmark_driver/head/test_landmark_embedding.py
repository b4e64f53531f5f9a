"""Landmarks on a mesh."""

from __future__ import annotations

import numpy as np
import pytest

from landmark_driver.character import Character
from landmark_driver.head.landmark_embedding import embed_points


def test_the_weights_are_a_partition_of_unity(character: Character) -> None:
    embedding = character.head.embedding
    assert (embedding.weights >= 0).all()
    np.testing.assert_allclose(embedding.weights.sum(1), 1, atol=1e-6)
    corners = {frozenset(face) for face in character.head.faces.tolist()}
    assert {frozenset(triangle) for triangle in embedding.corners.tolist()} <= corners


def test_a_shift_of_the_head_is_a_shift_of_the_landmarks(character: Character) -> None:
    embedding = character.head.embedding
    shift = np.array([0.1, -0.2, 0.3])
    vertices = character.neutral_vertices.astype(float)
    np.testing.assert_allclose(embedding(vertices + shift), embedding(vertices) + shift, atol=1e-7)


def test_a_stack_of_heads_gives_a_stack_of_landmarks(character: Character) -> None:
    moved = character.head.expressions[:3].astype(float)
    stack = character.head.embedding(moved)
    assert stack.shape == (3, 478, 3)
    np.testing.assert_array_equal(stack[2], character.head.embedding(moved[2]))


def test_points_of_the_surface_are_embedded_exactly(character: Character) -> None:
    rng = np.random.default_rng(0)
    skin = character.head.faces[character.head.face_part == 0]
    corners = skin[rng.choice(len(skin), 25, replace=False)]
    fractions = rng.dirichlet(np.ones(3), 25)
    fractions[0], fractions[1] = [1, 0, 0], [0.5, 0.5, 0]  # on a corner, on an edge
    vertices = character.neutral_vertices.astype(float)
    points = np.einsum("lkc,lk->lc", vertices[corners], fractions)
    embedding = embed_points(points, character.neutral_vertices, character.faces)
    np.testing.assert_allclose(embedding(vertices), points, atol=1e-9)
    np.testing.assert_allclose(embedding.weights.sum(1), 1)


def test_a_point_beside_the_surface_goes_to_the_nearest_place() -> None:
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    embedding = embed_points(np.array([[0.25, 0.25, 0.5], [-1.0, -1, 0]]), vertices, np.array([[0, 1, 2]]))
    np.testing.assert_allclose(embedding(vertices), [[0.25, 0.25, 0], [0, 0, 0]], atol=1e-12)
    assert embedding.weights.min() >= -1e-12


@pytest.mark.parametrize(
    ("landmark", "place_mm"),
    [(4, (0, -37, 44)), (152, (0, -115, 17)), (33, (-45, -2, 10)), (61, (-25, -73, 22))],
)
def test_mediapipes_landmarks_are_where_their_names_say(
    character: Character, landmark: int, place_mm: tuple[float, float, float]
) -> None:
    """Nose tip, chin, right outer eye corner, right mouth corner of the default head, within 8 mm."""
    assert np.linalg.norm(1e3 * character.head.neutral_landmarks[landmark] - place_mm) < 8


def test_left_and_right_landmarks_mirror_each_other(character: Character) -> None:
    points = 1e3 * character.head.neutral_landmarks
    for right, left in ((33, 263), (133, 362), (61, 291), (159, 386), (105, 334)):
        assert np.linalg.norm(points[right] * [-1, 1, 1] - points[left]) < 4


def test_the_landmarks_of_the_faces_edge_lie_before_the_ears(character: Character) -> None:
    """Seen from the front they are where the face ends; on the head they are far behind the eyes."""
    right, left = 1e3 * character.head.neutral_landmarks[[234, 454]]
    assert right[0] < -60 and left[0] > 60
    assert right[2] < -30 and left[2] < -30
