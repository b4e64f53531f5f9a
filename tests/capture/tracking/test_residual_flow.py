"""What is left between two pictures of a face when the tracker's landmarks are taken out."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from capture.tracking.landmark_warp import LandmarkWarp, affine_weights, crop_of, similarity
from capture.tracking.residual_flow import ReferencePicture

WIDTH, HEIGHT = 640, 480
MIDDLE, CHEEK = np.array([320.0, 240.0]), np.array([360.0, 280.0])


@pytest.fixture(scope="module")
def landmarks() -> np.ndarray:
    """468 places spread over an ellipse as large as a face before a webcam."""
    numbers = np.arange(468)
    radius, turn = np.sqrt((numbers + 0.5) / 468), numbers * np.pi * (3 - np.sqrt(5))
    return MIDDLE + radius[:, None] * np.stack([90 * np.cos(turn), 120 * np.sin(turn)], 1)


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    rng = np.random.default_rng(3)
    sizes = (1.5, 4.0, 10.0)
    spots = np.sum([s * cv2.GaussianBlur(rng.normal(size=(HEIGHT, WIDTH)), (0, 0), s) for s in sizes], axis=0)
    grey = 128 + 30 * spots / spots.std()
    return np.clip(grey, 0, 255).astype(np.uint8)[..., None].repeat(3, 2)


def bulge(points: np.ndarray) -> np.ndarray:
    """How far skin moves at places of the first picture: 5 pixels outwards around a cheek."""
    away = points - CHEEK
    return away * (5.0 / 25) * np.exp(0.5 - (away**2).sum(-1, keepdims=True) / (2 * 25**2))


def moved(picture: np.ndarray) -> np.ndarray:
    """The picture in which skin has bulged: each pixel shows where it came from."""
    here = np.stack(np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT)), -1).astype(float)
    start = here.copy()
    for _ in range(20):
        start = here - bulge(start)
    across, down = start.astype(np.float32).transpose(2, 0, 1)
    return cv2.remap(picture, across, down, cv2.INTER_LINEAR)


def test_skin_that_the_tracker_does_not_follow_is_found(picture, landmarks) -> None:
    measured = ReferencePicture(picture, landmarks)(moved(picture), landmarks)
    true = landmarks + bulge(landmarks)
    error = np.linalg.norm(measured.points - true, axis=1)
    assert measured.valid.mean() > 0.95
    assert np.linalg.norm(true - landmarks, axis=1).max() > 4.5
    assert np.median(error[measured.valid]) < 0.15 and np.quantile(error[measured.valid], 0.95) < 0.6


def test_a_report_that_errs_is_put_right(picture, landmarks) -> None:
    """The tracker says that a still face has bulged."""
    measured = ReferencePicture(picture, landmarks)(picture, landmarks + 0.5 * bulge(landmarks))
    error = np.linalg.norm(measured.points - landmarks, axis=1)
    assert np.median(error[measured.valid]) < 0.1 and np.quantile(error[measured.valid], 0.95) < 0.5


def test_light_does_not_count(picture, landmarks) -> None:
    dim = np.clip(
        0.5 * moved(picture).astype(float) * np.linspace(0.6, 1.3, WIDTH)[None, :, None] + 15, 0, 255
    )
    measured = ReferencePicture(picture, landmarks)(dim.astype(np.uint8), landmarks)
    error = np.linalg.norm(measured.points - landmarks - bulge(landmarks), axis=1)
    assert measured.valid.mean() > 0.9 and np.median(error[measured.valid]) < 0.2


def test_what_is_covered_is_not_valid_and_stays_where_the_tracker_put_it(picture, landmarks) -> None:
    hand = picture.copy()
    hand[220:320, 230:300] = np.random.default_rng(5).integers(0, 255, (100, 70, 1))
    measured = ReferencePicture(picture, landmarks)(hand, landmarks)
    covered = ((landmarks > [240, 230]) & (landmarks < [290, 310])).all(1)
    assert covered.sum() > 20 and measured.valid[covered].mean() < 0.2
    np.testing.assert_array_equal(measured.points[~measured.valid], landmarks[~measured.valid])


def test_weights_carry_affine_motion_exactly(landmarks) -> None:
    places = np.random.default_rng(1).uniform(landmarks.min(0), landmarks.max(0), (50, 2))
    near, weights = affine_weights(places, landmarks)
    stretch, shift = np.array([[1.1, 0.2], [-0.3, 0.8]]), np.array([5.0, -7.0])
    carried = np.einsum("gk,gkc->gc", weights, (landmarks @ stretch.T + shift)[near])
    np.testing.assert_allclose(carried, places @ stretch.T + shift, atol=1e-9)


def test_the_crop_is_cut_where_the_face_is_and_turns_with_it(landmarks) -> None:
    to_crop = crop_of(landmarks, 256)
    places = to_crop(landmarks)
    assert np.ptp(places[:, 0]) == pytest.approx(0.74 * 256) and abs(places.mean(0) - 128).max() < 4
    turn = np.deg2rad(20)
    rotation = 1.3 * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    turned = (landmarks - MIDDLE) @ rotation.T + MIDDLE + [12, -5]
    np.testing.assert_allclose(similarity(landmarks, turned)(landmarks[:9]), turned[:9], atol=1e-9)
    inside = LandmarkWarp(places, 256)(turned)[100:156, 100:156].reshape(-1, 2)
    rows = np.stack(np.meshgrid(np.arange(100, 156), np.arange(100, 156)), -1).reshape(-1, 2)
    scale = 0.74 * 256 / np.ptp(landmarks[:, 0])
    middle = (landmarks.min(0) + landmarks.max(0)) / 2
    expected = ((rows - 128) / scale + middle - MIDDLE) @ rotation.T + MIDDLE + [12, -5]
    assert abs(inside - expected).max() < 0.05
