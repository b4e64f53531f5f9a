"""What a mouth shows is counted: teeth through a slit, crowns in tissue, teeth outside the skin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_INDEX
from landmark_driver.character import Character
from landmark_driver.dress.outfit import Outfit
from landmark_driver.hypernetwork.evaluation.mouth_counts import (
    closed_poses,
    depth_in_tissue,
    seen_pixels,
    shows_outside,
)
from landmark_driver.hypernetwork.evaluation.mouth_scene import Mouth, MouthScene


@pytest.fixture(scope="module")
def scene() -> MouthScene:
    return MouthScene(replace(Character.load("default"), outfit=Outfit(teeth="teeth_base")))


@pytest.fixture(scope="module")
def rest(scene: MouthScene) -> Mouth:
    return scene(np.zeros(len(ARKIT_INDEX)))


def test_closed_poses_are_those_in_which_no_shape_parts_the_lips() -> None:
    poses = closed_poses()
    assert len(poses) == 27 and not poses["rest"].any()
    assert poses["both lips rolled in"].sum() == 2
    assert not {"jawOpen", "mouthFunnel", "tongueOut", "eyeBlinkLeft"} & set(poses)


def test_a_closed_mouth_shows_nothing_and_an_open_one_its_teeth(scene: MouthScene, rest: Mouth) -> None:
    assert seen_pixels(scene, rest) == 0
    open_mouth = np.zeros(len(ARKIT_INDEX))
    open_mouth[ARKIT_INDEX["jawOpen"]] = 0.6
    assert seen_pixels(scene, scene(open_mouth)) > 1000


def test_crowns_that_are_pushed_into_the_lips_are_as_deep_in_tissue(scene: MouthScene, rest: Mouth) -> None:
    assert depth_in_tissue(scene, rest) < 3e-4
    pushed = replace(rest, crowns=rest.crowns + np.array([0, 0, 0.003]))
    assert 0.001 < depth_in_tissue(scene, pushed) < 0.004


def test_teeth_before_the_face_are_outside_and_teeth_in_the_mouth_are_not(
    scene: MouthScene, rest: Mouth
) -> None:
    assert not shows_outside(scene, rest, tongue=True)
    outside = [(vertices + np.array([0, 0, 0.05]), faces) for vertices, faces in rest.teeth]
    assert shows_outside(scene, replace(rest, teeth=outside), tongue=False)


def test_the_mouth_is_as_wide_as_its_corners_are_apart(scene: MouthScene, rest: Mouth) -> None:
    assert 0.035 < scene.width(rest) < 0.065
