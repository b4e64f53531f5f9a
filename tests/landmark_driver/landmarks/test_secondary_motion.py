"""Flesh lags behind a moving head, comes to rest with it, and makes nothing of jitter."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from landmark_driver.landmarks.secondary_motion import DAMPING, SecondaryMotion
from landmark_driver.network.sway_mode import SwayMode, sway_mode

UPRIGHT = np.eye(3)
OMEGA = 2 * np.pi * 6


def swayed(
    places: np.ndarray, fps: float, omega: float = OMEGA, rotation: np.ndarray = UPRIGHT
) -> np.ndarray:
    sway = SecondaryMotion(mode(omega))
    return np.array([sway(pose(place, rotation), frame / fps) for frame, place in enumerate(places)])


def mode(omega: float = OMEGA, centre_m: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> SwayMode:
    return SwayMode(omega, np.array(centre_m))


def pose(place: np.ndarray, rotation: np.ndarray = UPRIGHT) -> np.ndarray:
    T_world_head = np.eye(4)
    T_world_head[:3, :3], T_world_head[:3, 3] = rotation, place
    return T_world_head


def along_x(values: np.ndarray) -> np.ndarray:
    return np.stack([values, 0 * values, 0 * values], 1)


def nod(fps: float, hz: float = 2.0, amplitude_m: float = 0.02, seconds: float = 3.0) -> np.ndarray:
    return along_x(amplitude_m * np.sin(2 * np.pi * hz * np.arange(0, seconds, 1 / fps)))


def test_a_still_head_has_still_flesh():
    assert not swayed(np.full((60, 3), 0.3), 30).any()


def test_a_head_at_constant_speed_has_still_flesh_in_the_end():
    assert np.abs(swayed(along_x(0.3 * np.arange(120) / 60), 60)[-1]).max() < 0.02


def test_flesh_is_thrown_against_the_acceleration_and_lags_behind_it():
    fps, hz = 120.0, 2.0
    times = np.arange(0, 3, 1 / fps)
    found = swayed(nod(fps, hz), fps)[:, 0]
    felt = 0.02 * (2 * np.pi * hz) ** 2 * np.sin(2 * np.pi * hz * times)
    lags = [np.corrcoef(found[120:-30], felt[120 - lag : len(felt) - 30 - lag])[0, 1] for lag in range(30)]
    assert 0 < np.argmax(lags) < 25 and max(lags) > 0.98
    assert 0.4 * felt.max() < found[120:].max() < 1.5 * felt.max()


def test_flesh_swings_on_and_comes_to_rest():
    sway = SecondaryMotion(mode())
    sway._advance(np.array([5.0, 0, 0]), 0.05)
    free = []
    for _ in range(200):
        sway._advance(np.zeros(3), 0.01)
        free.append(sway._u[0])
    assert min(free) < -0.1 and abs(free[-1]) < 1e-3


def test_one_long_step_is_many_short_ones():
    long, short = SecondaryMotion(mode()), SecondaryMotion(mode())
    target = np.array([1.0, -2.0, 0.5])
    long._advance(target, 0.2)
    for _ in range(50):
        short._advance(target, 0.004)
    assert np.allclose(long._u, short._u) and np.allclose(long._v, short._v)


def test_a_step_solves_the_oscillators_equation():
    sway, target, h = SecondaryMotion(mode()), np.array([3.0, 0, 0]), 1e-5
    sway._advance(target, 0.03)
    u0, v0 = sway._u.copy(), sway._v.copy()
    sway._advance(target, h)
    expected = -2 * DAMPING * OMEGA * v0 - OMEGA**2 * (u0 - target)
    assert np.allclose((sway._v - v0) / h, expected, rtol=1e-2)
    assert np.allclose((sway._u - u0) / h, v0, rtol=1e-2, atol=1e-2)


def test_slow_frames_do_not_make_it_unstable():
    assert np.abs(swayed(nod(8, hz=1.0), 8, omega=200.0)).max() < 15.1


def test_jitter_of_the_pose_hardly_moves_flesh():
    """0.5 mm of jitter, raw, would be felt as 1.1 m/s^2 at 30 frames a second."""
    jitter = np.random.default_rng(0).normal(0, 5e-4, (300, 3))
    assert swayed(jitter, 30)[30:].std() < 0.25


def test_what_is_felt_is_told_in_the_frame_of_the_head():
    turned = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    in_world, in_head = swayed(nod(60), 60), swayed(nod(60), 60, rotation=turned)
    assert np.allclose(in_head, in_world @ turned)


def test_after_a_gap_flesh_is_at_rest():
    sway = SecondaryMotion(mode())
    for frame, place in enumerate(nod(60)):
        sway(pose(place), frame / 60)
    assert not sway(pose(np.zeros(3)), 10.0).any()


@pytest.mark.parametrize("softer", [1.0, 2.0])
def test_softer_tissue_swings_more_slowly(softer):
    give = np.zeros((3, 10, 3))
    give[range(3), :, range(3)] = softer * 6e-5
    assert sway_mode(give, np.zeros((10, 3))).omega == pytest.approx(np.sqrt(1 / (softer * 6e-5)))


def test_flesh_is_where_tissue_gives_way():
    give = np.zeros((3, 4, 3))
    give[:, 1], give[:, 2] = 1e-5, 3e-5
    vertices = np.arange(12.0).reshape(4, 3)
    assert np.allclose(sway_mode(give, vertices).centre_m, (vertices[1] + 3 * vertices[2]) / 4)


def test_a_head_that_turns_about_its_flesh_does_not_sway_it():
    """Elsewhere the same turn carries the flesh along."""
    turning = [Rotation.from_euler("x", 0.4 * np.sin(0.4 * frame)).as_matrix() for frame in range(90)]
    about = np.array([0.0, -0.08, 0.02])
    poses = [pose(about - rotation @ about, rotation) for rotation in turning]
    there, elsewhere = (SecondaryMotion(mode(centre_m=tuple(centre))) for centre in (about, 0 * about))
    assert max(np.abs(there(T, frame / 30)).max() for frame, T in enumerate(poses)) < 1e-9
    assert max(np.abs(elsewhere(T, frame / 30)).max() for frame, T in enumerate(poses)) > 1
