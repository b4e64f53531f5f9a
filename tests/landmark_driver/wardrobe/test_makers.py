"""The programs that make the wardrobe: cuts, noise, hairlines and ribbons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from landmark_driver.wardrobe.clip_mesh import clip_mesh
from landmark_driver.wardrobe.grow_hair import strands
from landmark_driver.wardrobe.hair_styles import SKULL_M, STYLES, within_hairline
from landmark_driver.wardrobe.paint_eyes import eye_picture
from landmark_driver.wardrobe.smooth_noise import smooth_noise


def test_a_cut_goes_straight_through_triangles_and_keeps_the_area_on_its_side() -> None:
    rng = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(np.arange(9.0), np.arange(9.0)), -1).reshape(-1, 2)
    row = np.arange(81).reshape(9, 9)
    a, b, c, d = row[:-1, :-1].ravel(), row[:-1, 1:].ravel(), row[1:, :-1].ravel(), row[1:, 1:].ravel()
    faces = np.concatenate([np.stack([a, b, d], 1), np.stack([a, d, c], 1)])
    normal = rng.normal(size=2)
    normal /= np.linalg.norm(normal)
    values = (grid - 4.03) @ normal
    operator, kept = clip_mesh(faces, values)
    points = operator @ grid

    assert (operator @ values).min() > -1e-12
    assert (_area(points, kept) > 0).all(), "triangles keep their side"
    other = _area(*_cut(grid, faces, -values)).sum()
    assert np.isclose(_area(points, kept).sum() + other, 64)


def _area(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = (points[faces[:, k]] for k in range(3))
    return 0.5 * ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])


def _cut(grid: np.ndarray, faces: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    operator, kept = clip_mesh(faces, values)
    return operator @ grid, kept


def test_noise_is_seeded_smooth_and_repeats() -> None:
    noise = smooth_noise(np.random.default_rng(1), (64, 128), (8, 8))
    np.testing.assert_array_equal(noise, smooth_noise(np.random.default_rng(1), (64, 128), (8, 8)))
    assert noise.shape == (64, 128) and 0.4 < noise.std() < 1.3
    inside = np.abs(np.diff(noise, axis=1)).mean()
    assert np.abs(noise[:, 0] - noise[:, -1]).mean() < 2 * inside


def test_an_eye_is_dark_in_the_middle_and_light_outside() -> None:
    picture = eye_picture((0.4, 0.3, 0.1), (0.2, 0.2, 0.1), np.random.default_rng(0)).astype(float)
    assert picture[246:266, 246:266].max() < 20
    assert picture[256, 400:420].mean() > 150
    assert 20 < picture[256, 330:350].mean() < 120


def test_strands_are_seeded_grow_from_the_scalp_and_keep_off_it() -> None:
    style = replace(STYLES["short"], strands=120)
    grown = strands(style)
    np.testing.assert_array_equal(grown.offsets, strands(style).offsets)
    points = (grown.places[grown.root] + grown.offsets).reshape(-1, 6, 2, 3)
    assert (within_hairline(points[:, 0].mean(1), style) > -0.002).all()
    radius = np.linalg.norm(points.mean(2) - SKULL_M, axis=-1)
    assert (radius[:, -1] > radius[:, 0] - 0.012).all()
    assert 0.008 < np.linalg.norm(np.diff(points.mean(2), axis=1), axis=-1).sum(1).mean() < 0.07
