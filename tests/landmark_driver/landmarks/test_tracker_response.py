"""What undoes MediaPipe's modesty."""

from __future__ import annotations

import numpy as np

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.character import Character
from landmark_driver.landmarks.tracker_response import SURFACE_COUNT, load_tracker_response


def test_no_motion_stays_no_motion_and_a_small_one_small() -> None:
    respond = load_tracker_response()
    assert np.abs(respond(np.zeros((478, 3)))).max() < 1e-9
    little = np.random.default_rng(0).normal(0, 1e-5, (478, 3))
    assert np.abs(respond(little)[:SURFACE_COUNT]).max() < 1e-4


def test_far_from_everything_learned_the_response_is_linear(character: Character) -> None:
    respond = load_tracker_response()
    far = 20 * character.head.embedding(
        character.head.expressions[ARKIT_NAMES.index("jawOpen")].astype(float)
    )
    twice = respond(2 * far)[:SURFACE_COUNT]
    assert np.isfinite(twice).all()
    np.testing.assert_allclose(twice, 2 * respond(far)[:SURFACE_COUNT], atol=0.02 * np.abs(twice).max())


def test_the_irises_stay_as_reported() -> None:
    rng = np.random.default_rng(1)
    reported = rng.normal(0, 0.003, (478, 3))
    kept = reported.copy()
    corrected = load_tracker_response()(reported)
    np.testing.assert_array_equal(corrected[SURFACE_COUNT:], reported[SURFACE_COUNT:])
    np.testing.assert_array_equal(reported, kept)
    moved_irises = reported.copy()
    moved_irises[SURFACE_COUNT:] += 0.01
    np.testing.assert_array_equal(
        load_tracker_response()(moved_irises)[:SURFACE_COUNT], corrected[:SURFACE_COUNT]
    )


def test_a_smile_stays_a_smile_and_an_open_jaw_an_open_jaw(character: Character) -> None:
    for name in ("mouthSmileLeft", "jawOpen"):
        shape = character.head.expressions[ARKIT_NAMES.index(name)].astype(float)
        reported = character.head.embedding(shape)
        corrected = load_tracker_response()(reported)[:SURFACE_COUNT]
        reported = reported[:SURFACE_COUNT]
        lengths = np.sqrt((corrected**2).sum() * (reported**2).sum())
        assert (corrected * reported).sum() > 0.8 * lengths


def test_it_is_small_enough_for_every_frame() -> None:
    respond = load_tracker_response()
    assert respond.inward.shape == (3 * SURFACE_COUNT, respond.support_points.shape[1])
    assert len(respond.support_points) == len(respond.dual_coefficients) < 2000
    assert max(respond.support_points.shape[1], len(respond.outward)) <= 64
    assert all(
        np.isfinite(a).all()
        for a in (respond.inward, respond.support_points, respond.dual_coefficients, respond.outward)
    )


def test_the_error_of_a_landmark_is_known_by_place_and_axis() -> None:
    """The skull's landmarks are known far better than the jaw's edge; irises tell of gaze, not of skin."""
    noise = load_tracker_response().noise.std_m
    assert noise.shape == (478, 3) and (noise > 0.9e-4).all()
    bridge, jaw = 168, 172
    assert noise[bridge].max() < 0.5e-3 < noise[jaw].max() < 5e-3
    assert (noise[SURFACE_COUNT:] == 1.0).all()
