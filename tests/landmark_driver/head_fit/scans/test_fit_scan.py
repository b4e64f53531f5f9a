"""A synthetic scan is found, fitted, and moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.character import Character
from landmark_driver.character_info import character_info
from landmark_driver.head.scan_surface import ScanSurface
from landmark_driver.head_fit.evaluation.evaluate_expressions import KnownExpressions, compare_methods
from landmark_driver.head_fit.evaluation.evaluate_synthetic import face_vertices, recovery
from landmark_driver.head_fit.evaluation.synthetic_scans import SyntheticScan
from landmark_driver.head_fit.registration.face_error import in_mm
from landmark_driver.head_fit.registration.fit_scan import FittedScan
from landmark_driver.head_fit.scans.scan_to_character import character_of_scan
from landmark_driver.identities.anny_identities import AnnyIdentities
from softdeca.commands.evaluate import Evaluate
from softdeca.commands.usage_error import UsageError


@pytest.fixture(scope="module")
def character(identities: AnnyIdentities, fitted: tuple[SyntheticScan, FittedScan]) -> Character:
    return character_of_scan(identities, fitted[1], {"scan": "synthetic"})


def fitted_scan(character: Character) -> ScanSurface:
    assert character.scan is not None
    return character.scan


def test_the_unit_is_found(fitted: tuple[SyntheticScan, FittedScan]) -> None:
    made, fit = fitted
    assert fit.to_head.scale == made.scale_to_metres


def test_the_known_correspondence_is_recovered(
    identities: AnnyIdentities, fitted: tuple[SyntheticScan, FittedScan]
) -> None:
    """1.5 mm on the mean over the face, although the scan has 0.5 mm noise and 10 % holes."""
    mean = identities.mean()
    face = face_vertices(mean, identities.landmark_embedding()(mean.vertices))
    found = recovery(2, *fitted, face)
    assert found.mean_mm < 1.5
    assert found.surface_mm < 0.5


def test_the_surface_error_is_that_of_the_noise(fitted: tuple[SyntheticScan, FittedScan]) -> None:
    fit = fitted[1]
    error = in_mm(fit.distances[fit.counts])
    assert 0.2 < error["mean"] < 0.5
    assert error["p95"] < 1.5
    assert fit.counts.sum() > 1000


def test_own_vertices_come_back_in_their_unit_and_order(
    character: Character, fitted: tuple[SyntheticScan, FittedScan]
) -> None:
    driven = character.driver()(np.zeros((478, 3)))
    scan = fitted[0].scan
    extent = np.ptp(scan.vertices, axis=0).max()
    np.testing.assert_allclose(character.mesh.written(driven), scan.vertices, atol=2e-6 * extent)
    np.testing.assert_array_equal(character.mesh.written_faces, scan.faces)


def test_a_character_survives_its_file(character: Character, tmp_path: Path) -> None:
    path = tmp_path / "person.safetensors"
    character.save(path)
    loaded = Character.load(path)
    landmarks = character.head.landmark_expressions[ARKIT_NAMES.index("jawOpen")]
    np.testing.assert_array_equal(loaded.driver()(landmarks), character.driver()(landmarks))
    np.testing.assert_array_equal(loaded.neutral_vertices, character.neutral_vertices)
    assert character_info(str(path))["scan"]["vertices"] == len(fitted_scan(character).vertices)


def test_lips_part(character: Character) -> None:
    """Where the jaw opens, skin just below the mouth goes down by far more than skin just above it."""
    template = character.head
    jaw = template.neutral_vertices + template.expressions[ARKIT_NAMES.index("jawOpen")]
    count = len(fitted_scan(character).vertices)
    moved = (character.mesh.moved(jaw, None) - character.neutral_vertices)[:count]
    neutral = character.neutral_vertices[:count]
    lips = template.neutral_landmarks[[13, 14]].mean(0)
    middle = (np.abs(neutral[:, 0] - lips[0]) < 0.008) & (neutral[:, 2] > lips[2] - 0.01)
    above = middle & (np.abs(neutral[:, 1] - lips[1] - 0.006) < 0.003)
    below = middle & (np.abs(neutral[:, 1] - lips[1] + 0.008) < 0.003)
    assert above.any() and below.any()
    assert -moved[above, 1].max() < 0.004
    assert -moved[below, 1].min() > 0.015


def test_what_no_expression_moves_stays(character: Character) -> None:
    back = character.neutral_vertices[: len(fitted_scan(character).vertices), 2] < -0.12
    assert back.any()
    smile = character.mesh.expressions[ARKIT_NAMES.index("mouthSmileLeft")][: len(back)]
    assert np.abs(smile[back]).max() < 1e-4


def test_given_points_leave_less_than_shapes_and_radial_functions_on_other_motion(
    character: Character, identities: AnnyIdentities
) -> None:
    """Motion that is half a shape on one side and a smooth drift beside it, seen at 68 places."""
    rng = np.random.default_rng(0)
    count = len(fitted_scan(character).vertices)
    neutral = character.neutral_vertices[:count].astype(float)
    layout = identities.landmark_embedding()(character.head.neutral_vertices.astype(float))
    places = layout[rng.choice(468, 68, replace=False)]
    landmarks = np.array([np.argmin(((neutral - place) ** 2).sum(1)) for place in places])
    one_side = 1 / (1 + np.exp(-neutral[:, :1] / 0.01))
    names = ("mouthSmileLeft", "jawOpen", "browInnerUp", "mouthPucker")
    shapes = character.mesh.expressions[[ARKIT_NAMES.index(name) for name in names]][:, :count]
    known = KnownExpressions(shapes * one_side, landmarks)
    rows = {row.method: row for row in compare_methods(character, known)}
    left = rows["SparseSoftDECA"].mean_mm
    assert left < 0.7 * rows["linear blendshapes"].mean_mm
    assert left < 0.7 * rows["RBF, linear kernel"].mean_mm
    assert left < 0.3 * rows["nothing"].mean_mm


def test_the_command_measures_a_scan_whose_motion_is_known(character: Character, tmp_path: Path) -> None:
    scan = fitted_scan(character)
    count = len(scan.vertices)
    turn = scan.T_head_scan[:3, :3]
    smile = character.mesh.expressions[ARKIT_NAMES.index("mouthSmileLeft")][None, :count] @ turn
    tracked = np.random.default_rng(0).choice(np.flatnonzero(np.linalg.norm(smile[0], axis=1) > 1e-4), 68)
    np.savez(tmp_path / "known.npz", displacement_m=smile, landmarks_68=tracked)
    character.save(tmp_path / "scan.safetensors")
    fitted_file, known = tmp_path / "scan.safetensors", tmp_path / "known.npz"
    errors: dict[int, dict[str, float]] = {}
    for command in (Evaluate(scan=fitted_file, known=known, landmarks=n) for n in (68, 478)):
        found = {row["method"]: row["mean_mm"] for row in command.run()["rows"]}
        assert found["SparseSoftDECA"] < 0.3 * found["nothing"]
        errors[command.landmarks] = found
    assert errors[478]["SparseSoftDECA"] < errors[68]["RBF, linear kernel"]
    with pytest.raises(UsageError, match="Expected --scan and --known together"):
        Evaluate(scan=fitted_file).run()
    with pytest.raises(UsageError, match="68 or 478 landmarks"):
        Evaluate(scan=fitted_file, known=known, landmarks=20).run()
