"""Pieces go with what carries them: rigidly, affinely, or not at all."""

import numpy as np
from scipy.spatial.transform import Rotation

from landmark_driver.dress.material import Material
from landmark_driver.dress.piece import Piece, carried, fixed


def _cloud(count: int, size_m: float = 0.05) -> np.ndarray:
    return np.random.default_rng(0).uniform(-size_m, size_m, (count, 3))


def test_affine_motion_of_the_anchors_moves_carried_points_alike():
    neutral, points = _cloud(30), _cloud(8, 0.09)
    anchors = np.array([2, 5, 7, 11, 20, 29])
    turn = Rotation.from_rotvec([0.3, -0.1, 0.2]).as_matrix() * 1.05
    moved = neutral.copy()
    moved[anchors] = neutral[anchors] @ turn.T + [0.01, 0, -0.02]
    piece = _piece(points, carried(points, neutral, anchors))
    assert np.abs(piece.follow(moved, neutral) - (points @ turn.T + [0.01, 0, -0.02])).max() < 1e-6


def test_other_vertices_do_not_move_carried_points():
    neutral, points = _cloud(30), _cloud(8)
    moved = neutral + 0.01
    moved[:6] = neutral[:6]
    piece = _piece(points, carried(points, neutral, np.arange(6)))
    assert np.abs(piece.follow(moved, neutral) - points).max() < 1e-6


def test_fixed_points_stay():
    neutral = _cloud(30)
    piece = _piece(neutral[:4], fixed(4, 30))
    assert (piece.follow(neutral + 1, neutral) == neutral[:4].astype(np.float32)).all()


def _piece(points, operator) -> Piece:
    faces = np.array([[0, 1, 2]])
    return Piece(
        "piece", points.astype(np.float32), faces, operator, np.zeros((len(points), 2)), Material("plain")
    )
