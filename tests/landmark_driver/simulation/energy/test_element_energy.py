"""One tetrahedron: its rotation, its energy and its derivatives."""

import numpy as np
import pytest

from landmark_driver.simulation.energy.element_energy import (
    BARRIER_VOLUME,
    element_stress,
    element_stress_change,
)
from landmark_driver.simulation.energy.polar_rotation import polar_rotation
from tests.landmark_driver.simulation.block import random_actuation, rotation

MU, LAM, BARRIER = 1700.0, 5200.0, 4000.0


def six(a):
    return tuple(a[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]])


def density(F, A):
    return element_stress(tuple(F.ravel()), six(A), np.linalg.det(A), MU, LAM, BARRIER)[0]


def stress(F, A):
    return np.array(element_stress(tuple(F.ravel()), six(A), np.linalg.det(A), MU, LAM, BARRIER)[1]).reshape(
        3, 3
    )


def stress_change(F, dF, A):
    arguments = tuple(F.ravel()), tuple(dF.ravel()), six(A), np.linalg.det(A), MU, LAM, BARRIER
    return np.array(element_stress_change(*arguments)).reshape(3, 3)


def nearest_rotation_by_svd(g):
    u, _, vt = np.linalg.svd(g)
    return u @ np.diag([1, 1, np.sign(np.linalg.det(u @ vt))]) @ vt


def flattened(volume):
    """A matrix of the given determinant, squeezed along one direction."""
    return rotation(0.7) @ np.diag([1.1, 0.95, volume / (1.1 * 0.95)]) @ rotation(-0.4)


@pytest.mark.parametrize("seed", range(20))
def test_the_polar_rotation_is_the_one_of_the_singular_value_decomposition(seed):
    g = np.random.default_rng(seed).normal(size=(3, 3))
    found = np.array(polar_rotation(tuple(g.ravel()))).reshape(3, 3)
    assert np.abs(found - nearest_rotation_by_svd(g)).max() < 1e-9


@pytest.mark.parametrize("stretches", [(1, 1, 1), (3, 0.3, 0.3), (1, 1, 1e-3), (2, 2, 0.5), (1.2, 0.8, -0.3)])
def test_the_polar_rotation_holds_for_equal_extreme_and_inverted_stretches(stretches):
    g = rotation(2.5) @ np.diag(stretches) @ rotation(1.0, (0, 1, 3))
    found = np.array(polar_rotation(tuple(g.ravel()))).reshape(3, 3)
    assert np.abs(found - nearest_rotation_by_svd(g)).max() < 1e-9


@pytest.mark.parametrize("angle_rad", [0.0, 0.3, 2.0, np.pi])
def test_rigid_motion_costs_no_energy_and_no_stress(angle_rad):
    assert density(rotation(angle_rad), np.eye(3)) < 1e-20
    assert np.abs(stress(rotation(angle_rad), np.eye(3))).max() < 1e-9


@pytest.mark.parametrize("angle_rad", [0.0, 1.2])
def test_the_actuated_shape_turned_anyhow_costs_no_energy_and_no_stress(angle_rad):
    A = random_actuation(1, seed=4)[0]
    assert density(rotation(angle_rad) @ A, A) < 1e-20
    assert np.abs(stress(rotation(angle_rad) @ A, A)).max() < 1e-9


def test_the_rotation_of_an_actuated_element_is_the_polar_factor_of_f_a():
    F, A = flattened(0.8), np.diag([0.5, 1.3, 1.4])
    best = nearest_rotation_by_svd(F @ A)
    stretch = np.linalg.norm(F - best @ A) ** 2
    wrong = np.linalg.norm(F - nearest_rotation_by_svd(F) @ A) ** 2
    expected = MU * stretch + LAM * (np.linalg.det(F) - np.linalg.det(A)) ** 2
    assert stretch < wrong
    assert density(F, A) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("F", [flattened(0.9), flattened(0.1), flattened(-0.05), flattened(1.6)])
@pytest.mark.parametrize("A", [np.eye(3), random_actuation(1, seed=1)[0]])
def test_stress_is_the_finite_difference_of_the_density(F, A):
    step, found = 1e-6, stress(F, A)
    for row in range(3):
        for column in range(3):
            d = np.zeros((3, 3))
            d[row, column] = step
            difference = (density(F + d, A) - density(F - d, A)) / (2 * step)
            assert difference == pytest.approx(found[row, column], rel=1e-6, abs=1e-3)


@pytest.mark.parametrize("F", [flattened(0.9), flattened(0.1), flattened(-0.05), flattened(1.6)])
@pytest.mark.parametrize("A", [np.eye(3), random_actuation(1, seed=1)[0]])
def test_the_stress_change_is_the_finite_difference_of_the_stress(F, A):
    dF, step = np.random.default_rng(3).normal(size=(3, 3)), 1e-6
    difference = (stress(F + step * dF, A) - stress(F - step * dF, A)) / (2 * step)
    assert np.abs(stress_change(F, dF, A) - difference).max() < 1e-6 * np.abs(difference).max()


def test_the_stress_change_is_symmetric_in_its_two_directions():
    F, A, random = flattened(0.8), random_actuation(1, seed=2)[0], np.random.default_rng(5)
    a, b = random.normal(size=(2, 3, 3))
    assert np.sum(b * stress_change(F, a, A)) == pytest.approx(np.sum(a * stress_change(F, b, A)), rel=1e-10)


def test_the_barrier_is_absent_above_its_threshold_and_grows_below():
    passive = [
        element_stress(tuple(flattened(v).ravel()), six(np.eye(3)), 1.0, MU, LAM, 0.0)[0] for v in (0.31, 0.1)
    ]
    guarded = [density(flattened(v), np.eye(3)) for v in (0.31, 0.1)]
    assert guarded[0] == passive[0]
    expected = BARRIER * (BARRIER_VOLUME - 0.1) ** 3 / (3 * BARRIER_VOLUME)
    assert guarded[1] - passive[1] == pytest.approx(expected, rel=1e-9)
