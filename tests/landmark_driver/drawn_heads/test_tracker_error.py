"""What is learned of reported and true landmarks, and the error that it leaves on heads it has not seen."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import hadamard

from capture.sources.live_source import DEMO_TAKE
from capture.takes.take import read_take
from landmark_driver.character import Character
from landmark_driver.drawn_heads import response_maps as learning
from landmark_driver.drawn_heads.acted_sights import Sights
from landmark_driver.drawn_heads.acted_weights import natural_weights
from landmark_driver.drawn_heads.learn_tracker_response import (
    joined,
    left_out_error,
    mirrored_landmarks,
    with_mirror_images,
)
from landmark_driver.drawn_heads.response_maps import kernel_map, local_map
from landmark_driver.landmarks.perspective import undo_perspective
from landmark_driver.landmarks.tracker_response import SURFACE_COUNT, kernel

ORDINARY = 50
"""A landmark on the cheek."""


@pytest.fixture(scope="module")
def neutral(character: Character) -> np.ndarray:
    return character.head.neutral_landmarks


@pytest.fixture(scope="module")
def across() -> np.ndarray:
    """The other side of each landmark, from the take that ships."""
    first = next(frame for frame in read_take(DEMO_TAKE) if frame.landmarks is not None)
    return mirrored_landmarks(undo_perspective(first).points)


def acted(neutral: np.ndarray, seed: int, count: int = 40) -> np.ndarray:
    """(count, 478, 3) displacements along z in metres: mixtures of a dozen smooth fields, the same for every seed."""
    waves = np.random.default_rng(7).normal(0, 40, (12, 3))
    fields = np.cos(neutral @ waves.T + np.arange(12))
    moved = np.zeros((count, 478, 3))
    moved[..., 2] = np.random.default_rng(seed).normal(0, 2e-3, (count, 12)) @ fields.T
    return moved


def sights_of(reported: np.ndarray, true: np.ndarray) -> Sights:
    kind = np.arange(len(reported)) % 3
    return Sights(reported.astype(np.float32), true.astype(np.float32), kind)


def test_the_left_out_error_is_the_noise_of_the_sights_by_landmark_and_axis(
    neutral: np.ndarray, across: np.ndarray
) -> None:
    rng = np.random.default_rng(0)
    noise = np.tile([0.2e-3, 0.4e-3, 1.2e-3], (478, 1))
    noise[neutral[:, 1] < neutral[4, 1]] *= 2
    heads = []
    for seed in range(3):
        reported = acted(neutral, seed)
        heads.append(sights_of(reported, reported + noise * rng.normal(size=reported.shape)))
    found = left_out_error(heads, neutral, across)
    ratio = found / noise[:SURFACE_COUNT]
    assert np.abs(np.median(ratio, 0) - 1).max() < 0.1
    assert ratio.min() > 0.6 and ratio.max() < 1.5


def test_a_head_that_answers_unlike_the_others_counts(neutral: np.ndarray, across: np.ndarray) -> None:
    alike = [sights_of(reported, reported) for reported in (acted(neutral, seed) for seed in range(2))]
    odd = acted(neutral, 2)
    with_odd = [*alike, sights_of(odd, 3 * odd)]
    assert (
        left_out_error(with_odd, neutral, across).mean() > 5 * left_out_error(alike, neutral, across).mean()
    )


def test_every_landmark_has_another_side(across: np.ndarray) -> None:
    np.testing.assert_array_equal(across[across], np.arange(478))
    for right, left in (
        (33, 263),
        (61, 291),
        (468, 473),
        (105, 334),
        (377, 148),
        (176, 400),
        (171, 396),
        (58, 288),
    ):
        assert across[right] == left and across[left] == right
    for middle in (4, 13, 14, 152, 168):
        assert across[middle] == middle


def test_a_mirror_image_moves_the_other_side_the_other_way(neutral: np.ndarray, across: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    seen = Sights(
        rng.normal(size=(4, 478, 3)).astype(np.float32),
        rng.normal(size=(4, 478, 3)).astype(np.float32),
        np.array([0, 1, 2, 2]),
    )
    both = with_mirror_images(seen, across)
    assert len(both.reported) == len(both.true) == 8
    np.testing.assert_array_equal(both.kind, [0, 1, 2, 2, 0, 1, 2, 2])
    for before, after in ((seen.reported, both.reported), (seen.true, both.true)):
        np.testing.assert_array_equal(after[:4], before)
        np.testing.assert_array_equal(after[4:, 61], before[:, 291] * [-1, 1, 1])
    again = with_mirror_images(Sights(both.reported[4:], both.true[4:], seen.kind), across)
    np.testing.assert_array_equal(again.reported[4:], seen.reported)


def test_heads_are_joined_in_order(neutral: np.ndarray) -> None:
    heads = [sights_of(acted(neutral, seed, 3), acted(neutral, seed + 5, 3)) for seed in range(2)]
    everything = joined(heads)
    np.testing.assert_array_equal(everything.reported[3:], heads[1].reported)
    np.testing.assert_array_equal(everything.true[:3], heads[0].true)
    np.testing.assert_array_equal(everything.kind, [0, 1, 2, 0, 1, 2])


def test_a_local_map_is_found_again_as_far_as_the_ridge_lets_it(neutral: np.ndarray) -> None:
    """Reports without correlations: everything a landmark learns beyond its plain gain shrinks alike."""
    surface, size, gain, cross = neutral[:SURFACE_COUNT], 3e-3, 1.6, 0.4
    reported = size * hadamard(2048)[:, : 3 * SURFACE_COUNT].astype(float)
    apart = np.linalg.norm(surface[:, None] - surface[None], axis=2)
    neighbour = int(learning._spread_out(apart, ORDINARY)[5])
    true = gain * reported
    true[:, 3 * ORDINARY + 1] += cross * reported[:, 3 * neighbour]
    near, local = local_map(reported, true, surface)

    within = apart[np.arange(SURFACE_COUNT)[:, None], near]
    assert within.max() < learning._REACH_M
    np.testing.assert_array_equal(near[:, 0], np.arange(SURFACE_COUNT))
    least = learning._LEAST_MOTION_M**2
    plain = (gain * size**2 + least) / (size**2 + least)
    shrunk = learning._LOCAL / (1 + learning._LOCAL_RIDGE)
    expected = np.zeros((3, near.shape[1], 3))
    own = learning._LOCAL * plain + (gain - plain) * shrunk + 1 - learning._LOCAL
    expected[range(3), 0, range(3)] = own
    expected[1, 5, 0] = cross * shrunk
    expected *= learning._gains(apart)[ORDINARY][:, None, None]
    np.testing.assert_allclose(local[ORDINARY].reshape(3, -1, 3), expected, atol=1e-3)


def test_a_kernel_map_is_zero_for_no_motion_and_improves_on_what_it_has_seen(neutral: np.ndarray) -> None:
    reported = acted(neutral, 0, 300)[:, :SURFACE_COUNT].reshape(300, -1)
    left = np.abs(reported) - np.abs(reported).mean(1, keepdims=True)
    learned = kernel_map(reported, reported + left, left, np.ones(300))
    assert learned["inward"].shape[0] == learned["outward"].shape[1] == 3 * SURFACE_COUNT
    np.testing.assert_allclose(
        learned["outward"] @ learned["outward"].T, np.eye(len(learned["outward"])), atol=1e-4
    )

    def found(rows: np.ndarray) -> np.ndarray:
        near = kernel(rows @ learned["inward"], learned["support_points"])
        return near @ learned["dual_coefficients"] @ learned["outward"]

    assert not found(np.zeros((1, 3 * SURFACE_COUNT), np.float32)).any()
    assert ((found(reported) - left) ** 2).mean() < 0.1 * (left**2).mean()


def test_of_what_counts_more_a_kernel_map_keeps_more(neutral: np.ndarray) -> None:
    """Two answers to the same report: the heavier one is nearer to what is learned."""
    reported = np.repeat(acted(neutral, 3, 20)[:, :SURFACE_COUNT].reshape(20, -1), 2, axis=0)
    left = reported.copy()
    left[1::2] *= -1
    learned = kernel_map(reported, reported, left, np.tile([3.0, 1.0], 20))
    near = kernel(reported @ learned["inward"], learned["support_points"])
    found = near @ learned["dual_coefficients"] @ learned["outward"]
    assert ((found - left)[::2] ** 2).mean() < 0.5 * ((found - left)[1::2] ** 2).mean()


def test_a_response_that_saturates_is_learned_better_than_a_line_can() -> None:
    rng = np.random.default_rng(2)
    ways = rng.normal(size=(2, 3, 60))
    latent = rng.uniform(-2, 2, (1200, 3))
    reported, true = 1e-3 * np.tanh(latent) @ ways[0], 1e-3 * latent @ ways[1]
    line = np.linalg.lstsq(reported[:1000], true[:1000], rcond=None)[0]
    left = true - reported @ line
    learned = kernel_map(reported[:1000], true[:1000], left[:1000], np.ones(1000))
    near = kernel(reported[1000:] @ learned["inward"], learned["support_points"])
    found = near @ learned["dual_coefficients"] @ learned["outward"]
    assert ((found - left[1000:]) ** 2).mean() < 0.25 * (left[1000:] ** 2).mean()


def test_without_a_recording_natural_combinations_come_from_the_statistics_that_ship() -> None:
    found, again = natural_weights(None, 5, 3), natural_weights(None, 5, 3)
    assert found.shape == (5, 52) and ((found >= 0) & (found <= 1)).all()
    np.testing.assert_array_equal(again, found)
    assert not np.array_equal(natural_weights(None, 5, 4), found)
