"""Eyeballs."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from landmark_driver.head.eyeballs import (
    EYEBALL_VERTEX_COUNT,
    IRIS_DEG,
    eyeball_colors,
    fit_sphere,
    unit_eyeball,
)


def test_an_eyeball_is_closed_faces_outwards_and_bulges_in_front() -> None:
    vertices, faces = unit_eyeball()
    assert len(vertices) == EYEBALL_VERTEX_COUNT
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    assert mesh.is_watertight and mesh.is_winding_consistent
    assert 0.95 < mesh.volume / (4 / 3 * np.pi) < 1
    radius = np.linalg.norm(vertices, axis=1)
    angle = np.rad2deg(np.arccos(vertices[:, 2] / radius))
    np.testing.assert_allclose(radius[angle > IRIS_DEG], 1)
    assert radius.argmax() == 0 and 1.04 < radius[0] < 1.07


def test_a_sphere_is_found_again_in_noise_and_in_part() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(400, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    front = points[points[:, 2] > 0.2]
    centre, radius = fit_sphere(0.012 * front + [0.03, -0.01, 0.002])
    np.testing.assert_allclose(centre, [0.03, -0.01, 0.002], atol=1e-12)
    assert radius == pytest.approx(0.012)
    centre, radius = fit_sphere(0.012 * points + [0.03, -0.01, 0.002] + rng.normal(0, 1e-4, points.shape))
    np.testing.assert_allclose(centre, [0.03, -0.01, 0.002], atol=3e-5)


def test_pupil_iris_and_white_lie_around_the_line_of_sight() -> None:
    angles = np.deg2rad([0.0, 5, 12, 17, 30, 90, 180])
    directions = 0.016 * np.stack([np.sin(angles), np.zeros(7), np.cos(angles)], 1)
    colors = eyeball_colors(directions, iris=(0.2, 0.4, 0.6))
    assert colors[:2].max() < 0.02
    for row in colors[2:4]:
        np.testing.assert_allclose(row / row[1], [0.5, 1, 1.5])
    assert colors[4:].min() > 0.75
    assert ((colors >= 0) & (colors <= 1)).all()
