"""Which driver moves a character, and other tissue for one that is running."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("anny")
pytest.importorskip("torch")

from capture.frames.arkit import ARKIT_INDEX
from landmark_driver.character import Character, CharacterError
from landmark_driver.drivers.linear_driver import LinearDriver
from landmark_driver.drivers.make_driver import choose_driver
from landmark_driver.drivers.secondary_motion import SwayMode
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.drivers.tissue_control import TissueControl
from landmark_driver.drivers.weights_driver import WeightsDriver
from landmark_driver.live.face_driver import FaceDriver
from landmark_driver.tissue.tissue_error import TissueSettingError
from landmark_driver.tissue.tissue_setting import TissueSetting, default_setting
from tests.landmark_driver.hypernetwork.arbitrary_networks import network_character
from tests.landmark_driver.landmarks.synthetic_face import performer, pose, seen

STIFF = {"all.stiffness": 4.0, "cheek.volume": 1.3}


@pytest.fixture(scope="module")
def moving() -> Character:
    return network_character()


def test_a_character_with_networks_is_driven_by_them_unless_told_otherwise(moving):
    kinds = {name: type(choose_driver(moving, name)[0]) for name in (None, "landmarks", "weights", "linear")}
    assert kinds == {
        None: SparseDriver,
        "landmarks": SparseDriver,
        "weights": WeightsDriver,
        "linear": LinearDriver,
    }


def test_a_character_without_networks_is_driven_linearly_and_has_no_tissue(moving):
    driver, tissue = choose_driver(replace(moving, network=None))
    assert isinstance(driver, LinearDriver) and tissue is None


@pytest.mark.parametrize("name", ["landmarks", "weights"])
def test_networks_that_are_not_there_are_asked_for_in_vain(moving, name):
    with pytest.raises(CharacterError, match=f"driver '{name}', got one of linear blendshapes only"):
        choose_driver(replace(moving, network=None), name)


def test_the_weights_driver_shows_what_the_forward_network_says(moving):
    driver, _ = choose_driver(moving, "weights")
    assert isinstance(driver, WeightsDriver) and moving.network is not None
    weights = np.zeros(52)
    weights[ARKIT_INDEX["jawOpen"]] = 0.7
    shown = driver.show(weights)
    latent = moving.network.folded_forward()(weights.astype(np.float32))
    moved = (latent @ moving.network.head.basis).reshape(-1, 3)
    still = np.ones(len(shown), bool)
    still[moving.eye_vertices.ravel()] = False
    still[moving.network.weights.lips.moving] = False
    assert np.allclose(shown[still], (moving.neutral_vertices + moved)[still], atol=1e-6)


@pytest.mark.parametrize("name", ["landmarks", "weights"])
def test_tissue_changed_while_running_is_that_of_a_character_made_of_it(moving, name):
    displacements = np.random.default_rng(0).normal(0, 1e-3, (478, 3))
    driver, tissue = choose_driver(moving, name)
    assert tissue is not None
    before = driver(displacements)
    tissue.request(STIFF, (0.0, 9.81, 0.0))
    assert tissue.wait_until_shown(20)
    tissue.stop()
    made_so, _ = choose_driver(moving.with_material(STIFF, (0.0, 9.81, 0.0)), name)
    after = driver(displacements)
    assert np.allclose(after, made_so(displacements), atol=1e-7)
    assert np.abs(after - before).max() > 1e-5


def test_a_face_driver_shows_other_tissue_from_the_next_frame_on(moving):
    driver = FaceDriver(moving)
    assert driver.tissue is not None
    displacements = np.zeros((478, 3))
    before = driver._drive(displacements)
    driver.tissue.request(STIFF)
    assert driver.tissue.wait_until_shown(20)
    assert np.abs(driver._drive(displacements) - before).max() > 1e-6
    driver.tissue.stop()


class _Slow:
    """Notes what it is asked to show, and takes as long as it is told to."""

    sway_mode: SwayMode | None = None
    sway_m_s2: np.ndarray | None = None

    def __init__(self) -> None:
        self.go, self.begun, self.seen = threading.Event(), threading.Event(), []

    def set_material(self, setting: TissueSetting) -> None:
        self.begun.set()
        assert self.go.wait(10)
        self.seen.append(setting.regions[0, 0])


def test_of_many_requests_only_the_newest_is_made_after_the_one_under_way():
    slow = _Slow()
    control = TissueControl(slow, default_setting())
    control.request({"all.stiffness": 2.0})
    assert slow.begun.wait(10)
    for value in (2.5, 3.0, 3.5):
        control.request({"all.stiffness": value})
    assert not control.wait_until_shown(0.05)
    slow.go.set()
    assert control.wait_until_shown(10)
    control.stop()
    assert slow.seen == [2.0, 3.5]


def test_a_request_for_what_does_not_exist_changes_nothing():
    slow = _Slow()
    control = TissueControl(slow, default_setting())
    with pytest.raises(TissueSettingError, match=r"Expected stiffness from 0\.2 to 5, got 9"):
        control.request({"all.stiffness": 9.0})
    assert not slow.begun.is_set()


@pytest.mark.parametrize("name", ["landmarks", "weights"])
def test_what_tissue_feels_moves_it_as_gravity_would_and_eyeballs_not_at_all(moving, name):
    driver, _ = choose_driver(moving, name)
    assert isinstance(driver, SparseDriver | WeightsDriver) and moving.network is not None
    still = driver(np.zeros((478, 3)))
    driver.sway_m_s2 = np.array([0.0, -3.0, 0.0])
    moved = driver(np.zeros((478, 3))) - still
    expected = (driver.sway_m_s2 @ moving.network.give).reshape(-1, 3)
    free = np.ones(len(moved), bool)
    free[moving.network.weights.lips.moving] = False
    assert np.abs(expected[free]).max() > 1e-6 and np.allclose(moved[free], expected[free], atol=1e-7)
    assert not moved[moving.eye_vertices.ravel()].any()


def test_a_shaken_head_has_swaying_flesh_and_a_still_one_has_not(moving):
    performer_points = performer(moving, {})

    def driven(places: np.ndarray) -> np.ndarray:
        driver = FaceDriver(moving)
        frames = [seen(performer_points, place, time_s=k / 60, sequence=k) for k, place in enumerate(places)]
        return np.array([driver(frame).vertices for frame in frames])[20:]

    poses = np.tile(pose(), (60, 1, 1))
    quiet = driven(poses)
    poses[:, 0, 3] += 0.02 * np.sin(2 * np.pi * 2 * np.arange(60) / 60)
    shaken = driven(poses)
    assert quiet.std(0).max() < 0.2 * shaken.std(0).max()
