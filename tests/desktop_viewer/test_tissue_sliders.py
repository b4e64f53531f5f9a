"""Sliders in the viewer act on the head that is running."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip("torch")

from desktop_viewer.panel import PanelActions
from desktop_viewer.tissue_sliders import TISSUE_SLIDERS, TissueSliders
from desktop_viewer.view import HeadViewer
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.live.face_driver import FaceDriver
from landmark_driver.live.latency import LatencyLog
from landmark_driver.tissue.presets import PRESETS
from landmark_driver.tissue.solved_edit import same_tissue
from landmark_driver.tissue.tissue_parameters import BONE_SCALE, GRAVITY, REGIONS, STIFFNESS, STRENGTH, VOLUME
from landmark_driver.tissue.tissue_setting import TissueSetting, default_setting
from tests.free_port import free_port
from tests.landmark_driver.hypernetwork.arbitrary_networks import network_character


class Room:
    """A viewer of a head with networks, and the tissue that the sliders asked for."""

    def __init__(self) -> None:
        self.driver = FaceDriver(network_character())
        assert self.driver.tissue is not None
        self.asked: list[TissueSetting] = []
        request = self.driver.tissue.request

        def noted(*arguments):
            self.asked.append(request(*arguments))
            return self.asked[-1]

        self.driver.tissue.request = noted  # pyright: ignore[reportAttributeAccessIssue]
        actions = PanelActions(lambda: None, tissue=self.driver.tissue)
        self.viewer = HeadViewer(network_character(), LatencyLog(), actions, free_port())

    @property
    def sliders(self) -> TissueSliders:
        sliders = self.viewer.panel.tissue
        assert sliders is not None
        return sliders

    def stop(self) -> None:
        self.viewer.stop()
        assert self.driver.tissue is not None
        self.driver.tissue.stop()


@pytest.fixture
def room() -> Iterator[Room]:
    room = Room()
    yield room
    room.stop()


def test_a_moved_slider_changes_the_running_head(room: Room) -> None:
    given = DriverInput(np.zeros((478, 3)))
    before = room.driver.driver(given).vertices
    room.sliders.sliders["fat"].value = 1.4
    assert np.allclose(room.asked[-1].regions[:, 3], 1.4)
    assert room.driver.tissue is not None and room.driver.tissue.wait_until_shown(20)
    assert np.abs(room.driver.driver(given).vertices - before).max() > 1e-6


def test_sliders_add_up_and_a_paralysed_side_leaves_the_other_alone(room: Room) -> None:
    room.sliders.sliders["mandible"].value = 0.9
    room.sliders.sliders["paralysis left"].value = 1.0
    room.sliders.gravity.value = -1.0
    setting = room.asked[-1]
    left = np.array([name.endswith("_left") for name in REGIONS])
    assert not setting.regions[left, 2].any() and (setting.regions[~left, 2] == 1).all()
    assert setting.bones[0] == 0.9 and setting.gravity[1] == pytest.approx(9.81)
    assert (setting.regions[:, 3] == 1).all()


def test_sliders_have_the_ranges_that_can_be_simulated() -> None:
    ranges = {slider.label: (slider.lowest, slider.highest) for slider in TISSUE_SLIDERS}
    lame = (0.0, STRENGTH.default - STRENGTH.lowest)
    assert ranges == {
        "fat": (VOLUME.lowest, VOLUME.highest),
        "stiffness, doublings": pytest.approx(np.log2([STIFFNESS.lowest, STIFFNESS.highest]), abs=0.1),
        "paralysis left": lame,
        "paralysis right": lame,
        "mandible": (BONE_SCALE.lowest, BONE_SCALE.highest),
    }


def test_presets_ask_for_their_whole_setting_and_put_the_sliders_there(room: Room) -> None:
    assert room.driver.tissue is not None
    room.driver.tissue.solver = _NoSolver()
    for name, preset in PRESETS.items():
        room.sliders.sliders["fat"].value = 1.3
        room.asked.clear()
        room.sliders.preset.value = name
        expected = default_setting().with_values(preset.values, preset.gravity)
        assert same_tissue(room.asked[-1], expected) and len(room.asked) == 1
        assert room.sliders.gravity.value == pytest.approx(-preset.gravity[1] / GRAVITY.default, abs=0.05)
        room.sliders.sliders["mandible"].value = 0.95
        assert same_tissue(room.asked[-1], expected.with_values({"mandible.scale": 0.95}))


class _NoSolver:
    def request(self, setting, answer) -> str:
        return "none"

    def stop(self) -> None: ...


@pytest.mark.parametrize("slider", TISSUE_SLIDERS, ids=lambda slider: slider.label)
def test_a_slider_shows_the_tissue_that_it_asks_for_and_its_ends_are_allowed(slider) -> None:
    for position in (slider.lowest, slider.highest):
        setting = default_setting().with_values(slider.values(position))
        assert slider.shown(setting) == pytest.approx(position)
