"""Landmark displacements to ARKit weights."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.character import Character
from landmark_driver.drivers.arkit_weight_solver import GAZE, ArkitWeightSolver, SolverSettings

NO_GAZE = np.zeros(len(ARKIT_NAMES))
EXPRESSIONS = [
    {"jawOpen": 0.7},
    {"mouthSmileLeft": 0.9, "mouthSmileRight": 0.4, "cheekSquintLeft": 0.3},
    {"browInnerUp": 0.8, "eyeBlinkRight": 1.0, "mouthPucker": 0.6},
    {"jawOpen": 0.3, "mouthFunnel": 0.5, "noseSneerLeft": 0.7, "browDownRight": 0.5},
]


def weights_of(expression: dict[str, float]) -> np.ndarray:
    return np.array([expression.get(name, 0.0) for name in ARKIT_NAMES])


def landmark_basis(character: Character) -> np.ndarray:
    return character.head.embedding(character.head.expressions.astype(float))


@pytest.fixture(scope="module")
def solver(character: Character) -> ArkitWeightSolver:
    return ArkitWeightSolver(character.head.expressions, character.head.embedding, character.neutral_vertices)


@pytest.fixture(scope="module")
def exact_solver(character: Character) -> ArkitWeightSolver:
    """One that trusts its landmarks to a micrometre."""
    settings = SolverSettings(noise_m=1e-6)
    return ArkitWeightSolver(
        character.head.expressions, character.head.embedding, character.neutral_vertices, settings
    )


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_exact_displacements_give_their_weights_back(
    character: Character, exact_solver: ArkitWeightSolver, expression: dict[str, float]
) -> None:
    true = weights_of(expression)
    found = exact_solver(np.tensordot(true, landmark_basis(character), 1), NO_GAZE)
    np.testing.assert_allclose(found, true, atol=1e-3)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_at_live_settings_the_face_is_met_within_half_a_millimetre(
    character: Character, solver: ArkitWeightSolver, expression: dict[str, float]
) -> None:
    """Single weights lean towards zero and their neighbours, the surface hardly does."""
    true = weights_of(expression)
    found = solver(np.tensordot(true, landmark_basis(character), 1), NO_GAZE)
    off = np.tensordot(found - true, character.head.expressions, 1)
    moves = np.linalg.norm(np.tensordot(true, character.head.expressions, 1), axis=1) > 5e-4
    assert np.linalg.norm(off, axis=1)[moves].mean() < 5e-4


def test_weights_stay_within_their_bounds(character: Character, solver: ArkitWeightSolver) -> None:
    basis = landmark_basis(character)
    for factor in (3.0, -2.0):
        for name in ("jawOpen", "mouthSmileLeft", "eyeBlinkLeft", "browInnerUp"):
            found = solver(factor * basis[ARKIT_NAMES.index(name)], NO_GAZE)
            assert ((found >= 0) & (found <= 1)).all()
    assert solver(3.0 * basis[ARKIT_NAMES.index("jawOpen")], NO_GAZE)[
        ARKIT_NAMES.index("jawOpen")
    ] == pytest.approx(1)


def test_landmarks_that_are_masked_or_not_finite_count_for_nothing(
    character: Character, solver: ArkitWeightSolver
) -> None:
    rng = np.random.default_rng(0)
    displacements = np.tensordot(weights_of(EXPRESSIONS[1]), landmark_basis(character), 1)
    seen = rng.uniform(size=478) < 0.7
    rubbish, lost = displacements.copy(), displacements.copy()
    rubbish[~seen], lost[~seen] = rng.normal(0, 0.05, (int((~seen).sum()), 3)), np.nan
    masked = solver(rubbish, NO_GAZE, seen)
    np.testing.assert_array_equal(solver(lost, NO_GAZE), masked)
    np.testing.assert_allclose(masked, solver(displacements, NO_GAZE), atol=0.1)
    assert np.abs(solver(rubbish, NO_GAZE) - masked).max() > 0.2


def test_a_mask_of_one_frame_is_not_that_of_the_next(character: Character, solver: ArkitWeightSolver) -> None:
    displacements = np.tensordot(weights_of(EXPRESSIONS[0]), landmark_basis(character), 1)
    whole = solver(displacements, NO_GAZE)
    rows = np.arange(478)
    upper, lower = (solver(displacements, NO_GAZE, rows % 2 == side) for side in (0, 1))
    assert np.abs(upper - lower).max() > 0
    np.testing.assert_allclose(solver(displacements, NO_GAZE), whole, atol=1e-12)


def test_without_a_single_landmark_the_face_is_neutral(solver: ArkitWeightSolver) -> None:
    found = solver(np.ones((478, 3)), NO_GAZE, np.zeros(478, bool))
    np.testing.assert_array_equal(found, NO_GAZE)


def test_jitter_of_the_head_is_no_expression(character: Character, solver: ArkitWeightSolver) -> None:
    """Little of it moves the surface, and far less than without the columns of a rigid motion."""
    rigid = ArkitWeightSolver(
        character.head.expressions,
        character.head.embedding,
        character.neutral_vertices,
        SolverSettings(nuisance_sigma=1e-9),
    )
    points = character.head.neutral_landmarks
    centre = points.mean(0)
    rng = np.random.default_rng(1)
    for _ in range(5):
        turn = Rotation.from_rotvec(np.deg2rad(0.5) * rng.normal(size=3)).as_matrix()
        scale, shift = 1 + 0.005 * rng.normal(), 5e-4 * rng.normal(size=3)
        jitter = scale * (points - centre) @ turn.T + centre + shift - points
        moved, without = (
            np.abs(np.tensordot(solve(jitter, NO_GAZE), character.head.expressions, 1)).max()
            for solve in (solver, rigid)
        )
        assert moved < 0.25 * np.linalg.norm(jitter, axis=1).max()
        assert moved < 0.4 * without


def test_gaze_is_passed_on_and_its_part_of_the_lids_taken_off(
    character: Character, exact_solver: ArkitWeightSolver
) -> None:
    gaze = weights_of({"eyeLookDownLeft": 0.7, "eyeLookDownRight": 0.7})
    true = gaze + weights_of({"jawOpen": 0.4})
    found = exact_solver(np.tensordot(true, landmark_basis(character), 1), gaze)
    np.testing.assert_allclose(found, true, atol=1e-3)


def test_what_no_landmark_shows_is_zero(character: Character, solver: ArkitWeightSolver) -> None:
    rng = np.random.default_rng(2)
    found = solver(rng.normal(0, 0.01, (478, 3)), NO_GAZE)
    assert found[ARKIT_NAMES.index("tongueOut")] == 0
    assert not found[[ARKIT_NAMES.index(name) for name in GAZE]].any()
