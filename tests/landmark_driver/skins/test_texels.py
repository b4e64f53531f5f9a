"""A picture has its triangles' values, and normals that lean as its relief does."""

from __future__ import annotations

import numpy as np

from landmark_driver.skins.relief import normals
from landmark_driver.skins.texels import rasterised

_SQUARE = np.array([[[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]], [[0.1, 0.1], [0.9, 0.9], [0.1, 0.9]]])


def test_values_are_linear_over_a_square_of_two_triangles_and_spread_beyond_it():
    texels, values = rasterised(_SQUARE, _SQUARE, 50)
    rows, columns = np.nonzero(texels.covered)
    wanted = np.stack([(columns + 0.5) / 50, 1 - (rows + 0.5) / 50], 1)
    np.testing.assert_allclose(values, wanted, atol=1e-5)
    inner = (np.abs(wanted - 0.5) < 0.4).all(1)
    assert inner.sum() == 40**2, "no gap along the diagonal"
    np.testing.assert_allclose(texels.of(values)[25, 0], [0.1, 0.49], atol=0.025)


def test_a_slope_leans_its_normals_against_it_whatever_the_surface_is_stretched_by():
    """The surface (60 u + 15 v, 30 v) mm rises by 0.1 mm a mm along its own x, then along its own y."""
    u, v = _SQUARE[..., 0], _SQUARE[..., 1]
    corners = np.stack([60 * u + 15 * v, 30 * v, 0 * u], 2)
    texels, points = rasterised(_SQUARE, corners, 64)
    for axis in range(2):
        found = normals(texels, points, 0.1 * points[:, axis])[20:44, 20:44]
        wanted = np.zeros(3)
        wanted[axis], wanted[2] = -0.1, 1.0
        np.testing.assert_allclose(found, np.broadcast_to(wanted / np.sqrt(1.01), found.shape), atol=2e-3)
