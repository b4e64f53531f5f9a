"""The residual's prior knows which skin is mobile, and which points are near one another but not of one part."""

from __future__ import annotations

import numpy as np
import pytest

from landmark_driver.character import Character
from landmark_driver.posterior.residual_kernel import SURFACE_PARTS, ResidualKernel

UPPER_LIP, LOWER_LIP, UPPER_LIP_BESIDE, FOREHEAD, IRIS = 13, 14, 312, 10, 470


@pytest.fixture(scope="module")
def kernel(character: Character) -> ResidualKernel:
    return ResidualKernel.of(character.head)


def correlation(covariance: np.ndarray, one: int, other: int) -> float:
    return covariance[one, other] / np.sqrt(covariance[one, one] * covariance[other, other])


def test_points_of_one_lip_say_little_of_the_other(character: Character, kernel: ResidualKernel) -> None:
    among = kernel.among(character.head.embedding)
    points = character.head.neutral_landmarks
    apart = [np.linalg.norm(points[UPPER_LIP] - points[other]) for other in (LOWER_LIP, UPPER_LIP_BESIDE)]
    assert apart[0] < apart[1], "the lower lip is nearer than the upper lip's next point"
    across, along = (correlation(among, UPPER_LIP, other) for other in (LOWER_LIP, UPPER_LIP_BESIDE))
    assert across < along - 0.1


def test_mobile_skin_may_move_more_and_eyeballs_not_at_all(
    character: Character, kernel: ResidualKernel
) -> None:
    variance = np.diag(kernel.among(character.head.embedding))
    assert variance[LOWER_LIP] > 2 * variance[FOREHEAD] > 0
    assert variance[IRIS] == 0


def test_skin_and_cavities_move_and_teeth_and_tongue_do_not(
    character: Character, kernel: ResidualKernel
) -> None:
    head = character.head
    hard = np.unique(head.faces[head.face_part >= SURFACE_PARTS])
    soft = np.unique(head.faces[head.face_part < SURFACE_PARTS])
    assert not np.isin(kernel.vertices, np.setdiff1d(hard, soft)).any()
    assert np.isin(soft, kernel.vertices).mean() > 0.5


def test_the_covariance_is_one(character: Character, kernel: ResidualKernel) -> None:
    among = kernel.among(character.head.embedding)
    assert np.allclose(among, among.T)
    assert np.linalg.eigvalsh(among).min() > -1e-12
