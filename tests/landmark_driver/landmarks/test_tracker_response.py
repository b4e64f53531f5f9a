"""What undoes MediaPipe's modesty."""

from __future__ import annotations

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.character import Character
from landmark_driver.landmarks.apertures import INNER_LIPS, LID_MIDDLES
from landmark_driver.landmarks.tracker_response import SURFACE_COUNT, kernel, load_tracker_response


def test_no_motion_stays_no_motion_and_a_small_one_small() -> None:
    respond = load_tracker_response()
    assert np.abs(respond(np.zeros((478, 3)))).max() < 1e-9
    little = np.random.default_rng(0).normal(0, 1e-5, (478, 3))
    assert np.abs(respond(little)[:SURFACE_COUNT]).max() < 1e-4


def test_far_from_everything_learned_the_local_map_alone_is_left(character: Character) -> None:
    respond = load_tracker_response()
    far = 20 * character.head.landmark_expressions[ARKIT_NAMES.index("jawOpen")].astype(float)
    features = far[:SURFACE_COUNT].astype(np.float32).ravel() @ respond.inward
    assert not kernel(features, respond.support_points).any()
    once, twice = respond(far)[:SURFACE_COUNT], respond(2 * far)[:SURFACE_COUNT]
    np.testing.assert_allclose(twice, 2 * once, atol=1e-6 * np.abs(twice).max())
    read = far[respond.near].reshape(SURFACE_COUNT, -1)
    expected = np.einsum("lar,lr->la", respond.local, read)
    np.testing.assert_allclose(once, expected, atol=1e-6 * np.abs(once).max())


@pytest.mark.parametrize("landmark", [61, 105, 152])
def test_a_landmark_moves_those_alone_that_read_it(landmark: int) -> None:
    """So far away that the kernel is silent."""
    respond = load_tracker_response()
    far = np.zeros((478, 3))
    far[landmark] = [0.0, 3.0, 0.0]
    moved = np.abs(respond(far)[:SURFACE_COUNT]).max(1) > 0
    reads = (respond.near == landmark).any(1)
    assert moved[landmark] and not moved[~reads].any()
    assert reads.sum() < SURFACE_COUNT / 4


def test_near_what_was_learned_the_kernel_adds_something(character: Character) -> None:
    respond = load_tracker_response()
    smile = character.head.landmark_expressions[ARKIT_NAMES.index("mouthSmileLeft")].astype(float)
    read = smile[respond.near].reshape(SURFACE_COUNT, -1)
    local = np.einsum("lar,lr->la", respond.local, read)
    assert np.abs(respond(smile)[:SURFACE_COUNT] - local).max() > 1e-4


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
    assert len(respond.support_points) == len(respond.dual_coefficients) <= 3000
    assert max(respond.support_points.shape[1], len(respond.outward)) <= 96
    assert respond.near.shape[1] <= 32 and respond.local.shape[2] == 3 * respond.near.shape[1]
    assert respond.near.min() >= 0 and respond.near.max() < SURFACE_COUNT
    arrays = (
        respond.local,
        respond.inward,
        respond.support_points,
        respond.dual_coefficients,
        respond.outward,
    )
    assert all(np.isfinite(array).all() and array.dtype == np.float32 for array in arrays)


def test_the_error_of_a_landmark_is_known_by_place_and_axis() -> None:
    """The skull's landmarks are known far better than the jaw's edge; irises tell of gaze, not of skin."""
    noise = load_tracker_response().noise.std_m
    assert noise.shape == (478, 3)
    bridge, chin = 168, 152
    assert noise[bridge].max() < 0.5e-3 < noise[chin].max() < 5e-3
    assert (noise[SURFACE_COUNT:] == 1.0).all()


def test_heights_of_lids_and_lips_are_known_best_because_the_apertures_set_them() -> None:
    noise = load_tracker_response().noise.std_m[:SURFACE_COUNT].copy()
    heights = noise[[*LID_MIDDLES, *INNER_LIPS], 1].copy()
    noise[[*LID_MIDDLES, *INNER_LIPS], 1] = np.inf
    assert (heights > 0).all() and heights.max() < 0.6 * noise.min()
