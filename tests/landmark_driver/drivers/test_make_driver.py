"""Which driver moves a character, and other tissue for one that is running."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

from capture.frames.arkit import ARKIT_INDEX
from capture.sources.live_source import DEMO_TAKE
from capture.takes.take import read_take
from landmark_driver.character import Character
from landmark_driver.drivers.head_driver import DrivenHead, DriverInput
from landmark_driver.drivers.linear_driver import LinearDriver
from landmark_driver.drivers.make_driver import DriverError
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.drivers.tissue_control import TissueControl
from landmark_driver.drivers.weights_driver import WeightsDriver
from landmark_driver.live.drive_recording import find_neutral
from landmark_driver.live.face_driver import FaceDriver
from landmark_driver.network.sway_mode import SwayMode
from landmark_driver.tissue.solved_edit import SolvedEdit
from landmark_driver.tissue.tissue_error import TissueSettingError
from landmark_driver.tissue.tissue_setting import TissueSetting, default_setting
from tests.landmark_driver.hypernetwork.arbitrary_networks import network_character
from tests.landmark_driver.landmarks.synthetic_face import performer, pose, seen
from tests.landmark_driver.network.moved_by_lips import moved_by_lips

STIFF = {"all.stiffness": 4.0, "cheek.volume": 1.3}


@pytest.fixture(scope="module")
def moving() -> Character:
    return network_character()


def test_a_character_with_networks_is_driven_by_them_unless_told_otherwise(moving):
    kinds = {
        name: type(moving.mesh_driver(name).head_driver) for name in (None, "landmarks", "weights", "linear")
    }
    assert kinds == {
        None: SparseDriver,
        "landmarks": SparseDriver,
        "weights": WeightsDriver,
        "linear": LinearDriver,
    }


def test_a_character_without_networks_is_driven_linearly_and_has_no_tissue(moving):
    driver = replace(moving, network=None).mesh_driver()
    assert isinstance(driver.head_driver, LinearDriver) and driver.material is None


@pytest.mark.parametrize("name", ["landmarks", "weights"])
def test_networks_that_are_not_there_are_asked_for_in_vain(moving, name):
    with pytest.raises(DriverError, match=f"driver '{name}', got one of linear blendshapes only"):
        replace(moving, network=None).mesh_driver(name)


def test_the_weights_driver_shows_what_the_forward_network_says(moving):
    driver = moving.mesh_driver("weights").head_driver
    assert isinstance(driver, WeightsDriver) and moving.network is not None
    weights = np.zeros(52)
    weights[ARKIT_INDEX["jawOpen"]] = 0.7
    shown = driver.show(weights).vertices
    latent = moving.network.folded_forward()(weights.astype(np.float32))
    moved = (latent @ moving.network.head.basis).reshape(-1, 3)
    still = np.ones(len(shown), bool)
    still[moving.head.eye_vertices.ravel()] = False
    still[moved_by_lips(driver.program, len(shown))] = False
    assert still.mean() > 0.5
    assert np.allclose(shown[still], (moving.neutral_vertices + moved)[still], atol=1e-6)


@pytest.mark.parametrize("name", ["landmarks", "weights"])
def test_tissue_changed_while_running_is_that_of_a_character_made_of_it(moving, name):
    displacements = np.random.default_rng(0).normal(0, 1e-3, (478, 3))
    driver = moving.mesh_driver(name)
    assert driver.material is not None and moving.network is not None
    tissue, given = TissueControl(driver.material, moving.network.target), DriverInput(displacements)
    before = driver(given).vertices
    tissue.request(STIFF, (0.0, 9.81, 0.0))
    assert tissue.wait_until_shown(20)
    tissue.stop()
    made_so = moving.with_material(STIFF, (0.0, 9.81, 0.0)).mesh_driver(name)
    after = driver(given).vertices
    assert np.allclose(after, made_so(given).vertices, atol=1e-7)
    assert np.abs(after - before).max() > 1e-5


def test_a_face_driver_shows_other_tissue_from_the_next_frame_on(moving):
    driver = FaceDriver(moving)
    assert driver.tissue is not None
    given = DriverInput(np.zeros((478, 3)))
    before = driver.driver(given).vertices
    driver.tissue.request(STIFF)
    assert driver.tissue.wait_until_shown(20)
    assert np.abs(driver.driver(given).vertices - before).max() > 1e-6
    driver.tissue.stop()


class _Slow:
    """Notes what it is asked to show, and takes as long as it is told to."""

    sway_mode = SwayMode(1.0, np.zeros(3))
    neutral_offset = None
    seal = None

    def __init__(self) -> None:
        self.go, self.begun, self.seen, self.solved = threading.Event(), threading.Event(), [], []

    def __call__(self, given: DriverInput) -> DrivenHead:
        raise AssertionError("nothing is driven here")

    def set_material(
        self, setting: TissueSetting, solved: SolvedEdit | None = None, exaggeration: float = 1.0
    ) -> None:
        self.begun.set()
        assert self.go.wait(10)
        self.seen.append(setting.regions[0, 0])
        self.solved.append(solved)


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


class _Solver:
    """Keeps what it is asked, and answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list = []

    def request(self, setting, answer) -> str:
        self.asked.append((setting, answer))
        return "solving"

    def stop(self) -> None: ...


def test_the_solved_resting_head_follows_the_networks_answer_and_an_older_one_does_not():
    slow, solver = _Slow(), _Solver()
    slow.go.set()
    control = TissueControl(slow, default_setting(), solver)
    for value in (2.0, 3.0):
        control.request({"all.stiffness": value})
        assert control.wait_until_shown(10) and control.status == "solving"
    (old, answer_old), (new, answer_new) = solver.asked
    answer_old(SolvedEdit(old, np.zeros((4, 3))), "too late")
    assert not control.wait_until_solved(0.05) and control.status == "solving"
    answer_new(edit := SolvedEdit(new, np.ones((4, 3))), "solved")
    assert control.wait_until_solved(10) and control.status == "solved"
    control.stop()
    assert slow.seen == [2.0, 3.0, 3.0] and slow.solved == [None, None, edit]


def test_tissue_that_was_solved_last_is_not_solved_again_and_with_a_solver_any_value_is_allowed():
    slow, solver = _Slow(), _Solver()
    slow.go.set()
    control = TissueControl(slow, default_setting(), solver)
    control.request({"all.stiffness": 0.05})
    assert control.wait_until_shown(10)
    solver.asked[0][1](edit := SolvedEdit(solver.asked[0][0], np.ones((4, 3))), "solved")
    assert control.wait_until_solved(10)
    control.request({"all.stiffness": 0.05}, exaggeration=3.0)
    assert control.wait_until_solved(10) and control.status == "solved"
    control.stop()
    assert len(solver.asked) == 1 and slow.solved == [None, edit, edit]


def test_a_solve_that_fails_keeps_the_networks_answer_and_says_so():
    slow, solver = _Slow(), _Solver()
    slow.go.set()
    control = TissueControl(slow, default_setting(), solver)
    control.request({"all.stiffness": 2.0})
    assert control.wait_until_shown(10)
    solver.asked[0][1](None, "no equilibrium")
    assert control.status == "no equilibrium" and not control.wait_until_solved(0.05)
    control.stop()
    assert slow.solved == [None]


def test_a_request_for_what_does_not_exist_changes_nothing():
    slow = _Slow()
    control = TissueControl(slow, default_setting())
    with pytest.raises(TissueSettingError, match=r"Expected stiffness from 0\.2 to 5, got 9"):
        control.request({"all.stiffness": 9.0})
    assert not slow.begun.is_set()


@pytest.mark.parametrize("name", ["landmarks", "weights"])
def test_what_tissue_feels_moves_it_as_gravity_would_and_eyeballs_not_at_all(moving, name):
    assert moving.network is not None
    driver, sway_m_s2 = moving.mesh_driver(name), np.array([0.0, -3.0, 0.0])
    still = driver(DriverInput(np.zeros((478, 3)))).vertices
    moved = driver(DriverInput(np.zeros((478, 3)), sway_m_s2=sway_m_s2)).vertices - still
    expected = (sway_m_s2 @ moving.network.gravity_compliance).reshape(-1, 3)
    free = np.ones(len(moved), bool)
    free[moving.network.weights.lips.moving] = False
    assert np.abs(expected[free]).max() > 1e-6 and np.allclose(moved[free], expected[free], atol=1e-7)
    assert not moved[moving.head.eye_vertices.ravel()].any()


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


@pytest.mark.slow
@pytest.mark.parametrize("name", [None, "linear"])
def test_the_drivers_of_pythons_interface_and_of_live_are_one(name):
    """The shipped take, gaze and sway included: equal to the last bit."""
    character = Character.load("default")
    if name == "linear":
        character = replace(character, network=None)
    frames = list(read_take(DEMO_TAKE))
    live, own = FaceDriver(character), character.driver()
    live.use_neutral(find_neutral(frames, "auto"))
    for frame in frames[::3]:
        face, given = live(frame), live.given
        again = own(given.displacements, given.mask, given.gaze, given.sway_m_s2)
        np.testing.assert_array_equal(again, face.vertices)
