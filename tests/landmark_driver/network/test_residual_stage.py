"""Landmarks that no latent explains move the skin around them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from landmark_driver.character import Character
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.network.residual_stage import NEAR, Residual
from landmark_driver.posterior.evidence import EXACT, LATENT_ALONE, ResidualChoice

CHEEK, ACROSS, CHIN = 50, 280, 152


@pytest.fixture(scope="module")
def driver(character: Character) -> SparseDriver:
    """Exact points of the face's surface."""
    made = character.mesh_driver(points=character.head.neutral_landmarks[:468]).head_driver
    assert isinstance(made, SparseDriver) and made.choice == EXACT
    return made


def bump(landmark: int, points: np.ndarray) -> np.ndarray:
    """A swelling of 4 mm around a landmark, which no expression makes."""
    distance = np.linalg.norm(points - points[landmark], axis=1)
    return 4e-3 * np.exp(-((distance / 0.015) ** 2))[:, None] * np.array([0.0, 0.0, 1.0])


def error_mm(character: Character, driver: SparseDriver, displacements: np.ndarray) -> float:
    """The error at the landmarks."""
    moved = driver(DriverInput(displacements)).vertices - character.head.neutral_vertices
    at_landmarks = character.head.embedding(moved.astype(float))[: len(displacements)]
    return float(1e3 * np.linalg.norm(at_landmarks - displacements, axis=1).max())


def test_a_swelling_that_no_expression_makes_is_followed(character: Character, driver: SparseDriver) -> None:
    points = character.head.neutral_landmarks[:468]
    displacements = bump(CHEEK, points)
    with_residual = error_mm(character, driver, displacements)
    driver.set_choice(LATENT_ALONE)
    without = error_mm(character, driver, displacements)
    driver.set_choice(EXACT)
    assert without > 2.0 and with_residual < 0.5


def test_a_still_face_stays_neutral(character: Character, driver: SparseDriver) -> None:
    vertices = driver(DriverInput(np.zeros((468, 3)))).vertices
    assert driver.neutral_offset is None, "exact points part no lips"
    assert np.abs(vertices - character.head.neutral_vertices).max() < 1e-6


def test_lost_landmarks_are_where_the_others_put_them(character: Character, driver: SparseDriver) -> None:
    points = character.head.neutral_landmarks[:468]
    displacements = bump(CHEEK, points)
    whole = driver(DriverInput(displacements)).vertices
    mask = np.ones(468, bool)
    mask[::3] = False
    displacements[~mask] = np.nan
    masked = driver(DriverInput(displacements, mask)).vertices
    assert 1e3 * np.abs(masked - whole).max() < 1.0
    assert 1e3 * np.abs(whole - character.head.neutral_vertices).max() > 3.0


def test_the_cut_gain_is_near_the_whole_one(character: Character, driver: SparseDriver) -> None:
    stage = driver.program.stage("residual")
    assert isinstance(stage, Residual) and stage.near.shape[1] == NEAR
    assert (np.diff(stage.near, axis=1) > 0).all()
    covariance = stage.covariance
    assert covariance is not None
    between = EXACT.amplitude**2 * driver._observed.kernel.between(driver._observed.layout)
    whole = covariance.residual_gain(between)
    left = bump(CHEEK, character.head.neutral_landmarks[:468])
    dense = np.einsum("nla,la->na", whole, left)
    cut = np.einsum("nka,nka->na", stage.gain, left[stage.near])
    assert np.abs(cut - dense).max() < 0.25e-3


def test_a_paralysed_cheek_makes_less_of_it(character: Character) -> None:
    limp = character.with_material({"cheek_left.strength": 0.0, "upper_lip_left.strength": 0.0})
    assert limp.network is not None
    driver = limp.mesh_driver(points=limp.head.neutral_landmarks[:468]).head_driver
    assert isinstance(driver, SparseDriver)
    stage = driver.program.stage("residual")
    assert isinstance(stage, Residual)
    followed = limp.network.followed(stage.rows)
    assert followed[stage.near].min() < 0.9 and followed.max() <= 1.0
    np.testing.assert_array_equal(stage.followed, followed.astype(np.float32))
    again = limp.network.in_target_material(driver.program).stage("residual")
    assert isinstance(again, Residual) and np.array_equal(again.followed, stage.followed)


def test_a_changed_choice_leaves_the_material_and_a_changed_material_the_choice(character: Character) -> None:
    driver = character.mesh_driver().head_driver
    assert isinstance(driver, SparseDriver) and character.network is not None
    setting = character.network.target.with_values({"all.volume": 1.3})
    wide = ResidualChoice(0.15, trembles=True)
    driver.set_material(setting)
    driver.set_choice(wide)
    other = character.mesh_driver().head_driver
    assert isinstance(other, SparseDriver)
    other.set_choice(wide)
    other.set_material(setting)
    given = DriverInput(bump(CHIN, character.head.neutral_landmarks))
    assert driver.choice == other.choice == wide
    np.testing.assert_allclose(driver(given).vertices, other(given).vertices, atol=1e-7)


def test_frames_choose_their_residual(character: Character) -> None:
    """Swellings of single cheeks ask for a residual; shapes of the head itself, seen exactly, do not lose it."""
    driver = character.mesh_driver(points=character.head.neutral_landmarks[:468]).head_driver
    assert isinstance(driver, SparseDriver)
    driver.set_choice(LATENT_ALONE)
    points = character.head.neutral_landmarks[:468]
    frames = [DriverInput(bump(landmark, points)) for landmark in (CHEEK, ACROSS, CHIN)]
    driver.choose([*frames, replace(frames[0], displacements=np.full((468, 3), np.nan))])
    assert driver.choice.amplitude > 0 and not driver.choice.trembles
